"""A domain name of the API's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.bindings import (
    Apigatewayv2ApiMapping,
    Apigatewayv2DomainName,
    Apigatewayv2DomainNameDomainNameConfiguration,
    Construct,
)

if TYPE_CHECKING:
    from stacks.bindings import Apigatewayv2Api
    from stacks.options.api import ApiOptions
    from stacks.options.live import LiveOptions


class Domain(Construct):
    """The name, and its way to the stage. A record of DNS that leads to it is the team's own."""

    def __init__(
        self,
        scope: Construct,
        options: ApiOptions | LiveOptions,
        *,
        api: Apigatewayv2Api,
        stage_id: str,
        name: str = "api",
    ) -> None:
        super().__init__(scope, "domain")
        self._name = name
        self._domain = Apigatewayv2DomainName(
            self,
            "domain",
            domain_name=options.domain_name,
            domain_name_configuration=Apigatewayv2DomainNameDomainNameConfiguration(
                certificate_arn=options.certificate_arn,
                endpoint_type="REGIONAL",
                security_policy="TLS_1_2",
            ),
        )
        Apigatewayv2ApiMapping(
            self, "mapping", api_id=api.id, domain_name=self._domain.id, stage=stage_id
        )

    @property
    def outputs(self) -> dict[str, object]:
        """For the record of DNS: the name that it leads to, and that one's hosted zone."""
        configuration = self._domain.domain_name_configuration
        return {
            f"{self._name}_domain_target": configuration.target_domain_name,
            f"{self._name}_domain_zone_id": configuration.hosted_zone_id,
        }
