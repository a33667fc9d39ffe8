"""The table of listener rules that `routes table` prints, as text and as JSON."""

from __future__ import annotations

from colonnade.model.deployment.declaration import FixedResponse
from colonnade.model.resolve import resolve
from colonnade.routes.table import rule_table
from tests.support import specs
from tests.support.project import PROJECT


def table(name: str, phase: str = "canary") -> str:
    found = PROJECT.resolve("sandbox", migration_phase=phase)
    return rule_table(next(each for each in found if each.name == name))


def test_with_a_domain_the_table_has_the_redirect_the_rules_and_the_default_action() -> None:
    assert table("services") == (
        "services in environment sandbox: https://services.colonnade.localhost\n"
        "\n"
        "Port 80, HTTP\n"
        "  Priority  Host  Path  Action\n"
        "  default   any   any   redirect 301 to https on port 443: same host, path and query\n"
        "\n"
        "Port 443, HTTPS\n"
        "  Priority  Host  Path                    Action   Weight  Service   Target\n"
        "  45789     any   /service1, /service1/*  forward  100 %   service1  2 tasks, port 7071\n"
        "  47924     any   /service2, /service2/*  forward  100 %   service2  2 tasks, port 7072\n"
        "  49738     any   /service3, /service3/*  forward  100 %   service3  2 tasks, port 7073\n"
        '  default   any   any                     fixed response 200 application/json: { "msg": "base route" }'
    )


def test_a_weighted_rule_has_a_line_for_each_service() -> None:
    assert table("message_board", "users=cutover,threads=canary,posts=attached") == (
        "message_board in environment sandbox: http, at the DNS name of the load balancer; "
        "migration: users=cutover, threads=canary, posts=attached\n"
        "\n"
        "Port 80, HTTP\n"
        "  Priority  Host  Path                          Action   Weight  Service  Target\n"
        "  26289     any   /api/threads, /api/threads/*  forward   90 %   api      2 tasks, port 3000\n"
        "                                                          10 %   threads  2 tasks, port 3000\n"
        "  29034     any   /api/posts, /api/posts/*      forward  100 %   api      2 tasks, port 3000\n"
        "                                                           0 %   posts    2 tasks, port 3000\n"
        "  29222     any   /api/users, /api/users/*      forward    0 %   api      2 tasks, port 3000\n"
        "                                                         100 %   users    2 tasks, port 3000\n"
        "  31660     any   /api, /api/*                  forward  100 %   api      2 tasks, port 3000\n"
        "  default   any   any                           forward  100 %   api      2 tasks, port 3000"
    )


def test_a_long_fixed_response_is_shortened_to_one_line() -> None:
    body = "line\n" * 50
    service = specs.service("orders", desired_count=1)
    response = FixedResponse(status_code=404, content_type="text/plain", message_body=body)
    declared = specs.deployment(service, default_action=response)
    (found,) = resolve((declared,), lambda: specs.environment(service))
    (orders, default) = rule_table(found).splitlines()[-2:]
    assert orders.endswith("1 task, port 8080")
    assert default.endswith(f"fixed response 404 text/plain: {'line ' * 12}...")
