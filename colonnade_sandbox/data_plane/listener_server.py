"""One listener: a port on 127.0.0.1, and the responses of its rules to each request."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

from aiohttp import web

from colonnade_sandbox.control_plane.snapshot import (
    FixedResponseAction,
    ForwardAction,
    Listener,
    LoadBalancer,
    RedirectAction,
)
from colonnade_sandbox.data_plane.certificate_authority import CertificateAuthority
from colonnade_sandbox.data_plane.client_connection import ClientConnection
from colonnade_sandbox.data_plane.forwarding import Forwarding
from colonnade_sandbox.data_plane.headers import for_target
from colonnade_sandbox.data_plane.request_checks import refusal
from colonnade_sandbox.data_plane.responses import (
    RequestParts,
    error_page,
    fixed_response,
    plain_http_page,
    redirect,
)
from colonnade_sandbox.data_plane.rules import first_matching
from colonnade_sandbox.data_plane.target_groups import TargetPool
from colonnade_sandbox.data_plane.tls_port import TlsPort
from colonnade_sandbox.data_plane.weighted_choice import WeightedChoice

_BACKLOG = 1024


class ListenerServer:
    """A listener's server, on the data plane's event loop.

    It listens from its creation and responds from the first `serve` on. Later calls of `serve` change its listener.
    `pools` maps the ARNs of target groups to their pools; the caller may change it while requests are in progress.
    """

    def __init__(
        self, *, authority: CertificateAuthority, forwarding: Forwarding, pools: Mapping[str, TargetPool]
    ) -> None:
        self._authority = authority
        self._forwarding = forwarding
        self._pools = pools
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
        self._server: asyncio.Server | TlsPort | None = None
        self._plug: socket.socket | None = None
        """The connection of this process that makes the kernel drop others; None while clients may connect."""
        self._connections = web.Server(self._answer, handler_cancellation=True)
        self._tls: ssl.SSLContext | None = None
        self._load_balancer: LoadBalancer
        self._listener: Listener | None = None
        self._real_ports: Mapping[int, int] = {}
        self._choices: dict[str, tuple[ForwardAction, WeightedChoice]] = {}

    @property
    def port(self) -> int:
        """The actual port on 127.0.0.1, the same until the listener is closed."""
        port: int = self._socket.getsockname()[1]
        return port

    async def serve(
        self, load_balancer: LoadBalancer, listener: Listener, *, real_ports: Mapping[int, int], lets_in: bool
    ) -> None:
        """Respond by this listener's rules from now on.

        `real_ports` maps the ports of the load balancer's listeners on AWS to their actual ports. `lets_in` is False if
        the load balancer's security groups let no client in, so that new connections time out.
        """
        protocol_changed = self._listener is None or self._listener.protocol != listener.protocol
        if protocol_changed:
            https = listener.protocol == "HTTPS"
            self._tls = self._authority.server_context(listener.certificate_domains) if https else None
        elif self._tls is not None and self._current.certificate_domains != listener.certificate_domains:
            self._authority.certify(self._tls, listener.certificate_domains)
        self._load_balancer = load_balancer
        self._listener = listener
        self._real_ports = real_ports
        rule_arns = {rule.arn for rule in listener.rules}
        self._choices = {arn: choice for arn, choice in self._choices.items() if arn in rule_arns}
        if not lets_in:
            self._shut()
        elif protocol_changed or self._plug is not None:
            await self._listen()

    async def close(self, *, grace_seconds: float) -> None:
        """Stop accepting connections; requests in flight have `grace_seconds` (more than 0) to finish."""
        self._socket.close()
        self._unplug()
        if self._server is not None:
            self._server.close()
        self._connections.pre_shutdown()
        await self._connections.shutdown(grace_seconds)

    async def _listen(self) -> None:
        if self._server is not None:
            self._server.close()
        self._unplug()
        self._socket.listen(_BACKLOG)
        # A duplicate of the socket keeps the port reserved when the protocol changes and the server is replaced.
        listening = self._socket.dup()
        if self._tls is not None:
            self._server = TlsPort(listening, context=self._tls, protocol=self._connection)
        else:
            self._server = await asyncio.get_running_loop().create_server(self._connection, sock=listening)

    def _shut(self) -> None:
        """Accept no connections, and let the kernel drop the SYN of each new one.

        It does so for a socket that listens with a backlog of 0 as long as one connection waits: listen(2).
        """
        if self._plug is not None:
            return
        if self._server is not None:
            self._server.close()
        self._socket.listen(0)
        self._plug = socket.socket()
        self._plug.setblocking(False)
        self._plug.connect_ex(self._socket.getsockname())

    def _unplug(self) -> None:
        if self._plug is not None:
            self._plug.close()
            self._plug = None

    def _connection(self) -> ClientConnection:
        return ClientConnection(self._connections, idle_timeout_seconds=self._load_balancer.idle_timeout_seconds)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0  # aiohttp must not count the status 100 as the start of the response
        if self._tls is not None and not _is_encrypted(request):
            return plain_http_page()
        path_and_query = _path_and_query(request)
        refused = refusal(request, path_and_query=path_and_query)
        if refused is not None:
            return error_page(refused)
        path, _, query = path_and_query.partition("?")
        host = _without_port(request.headers.get("Host", self._load_balancer.dns_name))
        rule = first_matching(self._current.rules, host=host, path=path)
        if isinstance(rule.action, FixedResponseAction):
            return fixed_response(rule.action)
        if isinstance(rule.action, RedirectAction):
            parts = RequestParts(
                protocol=self._current.protocol.lower(), host=host, port=self._current.port, path=path, query=query
            )
            return redirect(rule.action, parts, real_ports=self._real_ports)
        return await self._forward(request, path_and_query, self._chosen_pool(rule.arn, rule.action))

    async def _forward(
        self, request: web.BaseRequest, path_and_query: str, pool: TargetPool | None
    ) -> web.StreamResponse:
        if pool is None:
            return error_page(503)
        headers = for_target(
            request.headers,
            client_address=request.remote if request.remote is not None else "unknown",
            protocol=self._current.protocol.lower(),
            port=self._current.port,
            load_balancer_name=self._load_balancer.dns_name,
            drop_invalid=self._load_balancer.drop_invalid_header_fields,
        )
        return await self._forwarding.forward(
            request,
            pool,
            path_and_query=path_and_query,
            headers=headers,
            idle_timeout_seconds=self._load_balancer.idle_timeout_seconds,
        )

    @property
    def _current(self) -> Listener:
        if self._listener is None:
            raise RuntimeError("the listener does not serve requests yet")
        return self._listener

    def _chosen_pool(self, rule_arn: str, action: ForwardAction) -> TargetPool | None:
        known = self._choices.get(rule_arn)
        if known is None or known[0] != action:
            known = self._choices[rule_arn] = action, WeightedChoice(action.target_groups)
        group_arn = known[1].choose()
        return self._pools.get(group_arn) if group_arn is not None else None


def _is_encrypted(request: web.BaseRequest) -> bool:
    return request.transport is None or request.transport.get_extra_info("sslcontext") is not None


def _path_and_query(request: web.BaseRequest) -> str:
    """Return the request target as sent; for an absolute URL only the part after the authority."""
    target = request.raw_path
    if not target.lower().startswith(("http://", "https://")):
        return target
    parts = urlsplit(target)
    rest = target[len(parts.scheme) + len("://") + len(parts.netloc) :]
    return rest if rest.startswith("/") else f"/{rest}"


def _without_port(host: str) -> str:
    name, _, port = host.rpartition(":")
    return name if port.isdigit() else host
