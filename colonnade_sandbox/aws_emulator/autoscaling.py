"""Application Auto Scaling for the emulator: moto 5.2.5 has no ListTagsForResource, TagResource and UntagResource.

The provider calls ListTagsForResource after RegisterScalableTarget and retries it forever if it fails.
"""

from __future__ import annotations

import json
from typing import ClassVar

import moto.applicationautoscaling.urls
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

from colonnade_sandbox.control_plane.observations import Observations


class _Responses(ApplicationAutoScalingResponse):  # type: ignore[misc]
    tags: ClassVar[dict[str, dict[str, str]]]

    def register_scalable_target(self) -> str:
        answer: str = super().register_scalable_target()
        self.tags.setdefault(json.loads(answer)["ScalableTargetARN"], {}).update(self._get_param("Tags", {}))
        return answer

    def list_tags_for_resource(self) -> str:
        return json.dumps({"Tags": self.tags.get(self._get_param("ResourceARN"), {})})

    def tag_resource(self) -> str:
        self.tags.setdefault(self._get_param("ResourceARN"), {}).update(self._get_param("Tags"))
        return "{}"

    def untag_resource(self) -> str:
        tags = self.tags.get(self._get_param("ResourceARN"), {})
        for key in self._get_param("TagKeys"):
            tags.pop(key, None)
        return "{}"


def install(_observations: Observations) -> None:
    """Serve the Application Auto Scaling API with these responses, without any tags at first."""
    _Responses.tags = {}
    moto.applicationautoscaling.urls.url_paths = {"{0}/$": _Responses.dispatch}
