"""The console on AWS: a private bucket behind CloudFront, and the API at the same origin."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cqrs.resources import CONSOLE
from stacks.accepted_risks import accept
from stacks.access.resource_policies import plain_http_refusal
from stacks.access.statements import policy_document
from stacks.api.addresses import api_url, user_pool_url
from stacks.bindings import (
    CloudfrontDistribution,
    CloudfrontDistributionDefaultCacheBehavior,
    CloudfrontDistributionOrderedCacheBehavior,
    CloudfrontDistributionOrigin,
    CloudfrontDistributionOriginCustomOriginConfig,
    CloudfrontDistributionRestrictions,
    CloudfrontDistributionRestrictionsGeoRestriction,
    CloudfrontDistributionViewerCertificate,
    CloudfrontOriginAccessControl,
    CloudfrontResponseHeadersPolicy,
    CloudfrontResponseHeadersPolicyCustomHeadersConfig,
    CloudfrontResponseHeadersPolicyCustomHeadersConfigItems,
    CloudfrontResponseHeadersPolicySecurityHeadersConfig,
    CloudfrontResponseHeadersPolicySecurityHeadersConfigContentSecurityPolicy,
    CloudfrontResponseHeadersPolicySecurityHeadersConfigContentTypeOptions,
    CloudfrontResponseHeadersPolicySecurityHeadersConfigFrameOptions,
    CloudfrontResponseHeadersPolicySecurityHeadersConfigReferrerPolicy,
    CloudfrontResponseHeadersPolicySecurityHeadersConfigStrictTransportSecurity,
    Construct,
    S3BucketPolicy,
    S3Object,
)
from stacks.console.headers import (
    FRAME_OPTION,
    HSTS_SECONDS,
    OTHER_HEADERS,
    REFERRER_POLICY,
    content_security_policy,
)
from stacks.console.settings import CONFIG_KEY, pool_settings
from stacks.data.buckets import ACCEPTED, UNNOTIFIED, Bucket
from stacks.documents import render

if TYPE_CHECKING:
    from stacks.environment.model import Environment

FILES, API = "files", "api"
"""Ids of the two origins."""

OPTIMIZED_CACHING = "658327ea-f89d-4fab-a63d-7e88639e58f6"
NO_CACHING = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_BUT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
"""Policies that AWS manages: CachingOptimized, CachingDisabled, AllViewerExceptHostHeader
(CloudFront guide, "Use managed cache policies" and "Use managed origin request policies")."""

API_PATHS = ("/v1/*", "/openapi.json")
READING = ["GET", "HEAD"]
ALL_METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]

ORIGIN_SECONDS = 35
"""Beyond the 30 seconds of API Gateway, so that its own answer comes through."""

NOT_CACHED = "no-cache"

RISKS = {
    "CKV_AWS_68": "The API checks each token; a web ACL is the account's choice.",
    "CKV2_AWS_47": "The API checks each token; a web ACL is the account's choice.",
    "CKV_AWS_86": "The API logs each of its requests; the files are the same for everybody.",
    "CKV_AWS_310": "A second bucket would have the same files; one can be filled again in seconds.",
    "CKV_AWS_374": "People work from everywhere; who may is told by their tokens.",
}
UNPRELOADED = {
    "CKV_AWS_259": "Browsers preload a registered domain as a whole, which its owner decides.",
}
WITHOUT_CERTIFICATE = {
    "CKV_AWS_174": "CloudFront's own certificate comes with its own choice of TLS versions.",
    "CKV2_AWS_42": "A domain of its own is an option.",
}


class Console(Construct):
    """The bucket and the distribution. The files themselves come by ``make console-publish``.

    Fragments name the pages, so no path has to be rewritten, and a missing file stays a 403.
    """

    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(scope, "console")
        self._environment = environment
        self._bucket = Bucket(
            self,
            "files",
            environment,
            None,
            name=environment.console_bucket,
            accepted={**UNNOTIFIED, **ACCEPTED},
            holds_data=False,
        )
        self._distribution = self._distribute()
        self._let_read()

    @property
    def url(self) -> str:
        """Its address, without a slash at its end."""
        host = self._environment.console.domain_name or self._distribution.domain_name
        return f"https://{host}"

    @property
    def outputs(self) -> dict[str, object]:
        """For those who publish its files, and for the record of DNS."""
        return {
            "console_url": self.url,
            "console_bucket": self._bucket.name,
            "console_distribution_id": self._distribution.id,
            "console_domain_target": self._distribution.domain_name,
        }

    def configure(self, *, client_id: str, scopes: str) -> None:
        """Put the settings beside the files."""
        settings = pool_settings(
            self._environment,
            domain=user_pool_url(self._environment),
            client_id=client_id,
            scopes=scopes,
        )
        S3Object(
            self,
            "settings",
            bucket=self._bucket.name,
            key=CONFIG_KEY,
            content=render(settings),
            content_type="application/json",
            cache_control=NOT_CACHED,
        )

    def _let_read(self) -> None:
        """Let this distribution alone read (CloudFront guide, "Restrict access to S3")."""
        environment, arn = self._environment, self._bucket.arn
        reading: dict[str, object] = {
            "Sid": "LetCloudFrontRead",
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": "s3:GetObject",
            "Resource": f"{arn}/*",
            "Condition": {"StringEquals": {"AWS:SourceArn": self._distribution.arn}},
        }
        refusal = plain_http_refusal(environment, "s3:*", arn, f"{arn}/*")
        statements = [*([] if refusal is None else [refusal]), reading]
        S3BucketPolicy(self, "policy", bucket=self._bucket.name, policy=policy_document(statements))

    def _distribute(self) -> CloudfrontDistribution:
        environment = self._environment
        options = environment.console
        control = CloudfrontOriginAccessControl(
            self,
            "origin-access-control",
            name=environment.qualified(CONSOLE),
            origin_access_control_origin_type="s3",
            signing_behavior="always",
            signing_protocol="sigv4",
        )
        headers = self._headers()
        distribution = CloudfrontDistribution(
            self,
            "distribution",
            enabled=True,
            comment=f"Console of {environment.name}",
            default_root_object="index.html",
            http_version="http2and3",
            is_ipv6_enabled=True,
            aliases=[options.domain_name] if options.domain_name else None,
            origin=[
                CloudfrontDistributionOrigin(
                    origin_id=FILES,
                    domain_name=self._bucket.domain_name,
                    origin_access_control_id=control.id,
                ),
                CloudfrontDistributionOrigin(
                    origin_id=API,
                    domain_name=urlsplit(api_url(environment)).netloc,
                    custom_origin_config=CloudfrontDistributionOriginCustomOriginConfig(
                        http_port=80,
                        https_port=443,
                        origin_protocol_policy="https-only",
                        origin_ssl_protocols=["TLSv1.2"],
                        origin_read_timeout=ORIGIN_SECONDS,
                    ),
                ),
            ],
            default_cache_behavior=CloudfrontDistributionDefaultCacheBehavior(
                target_origin_id=FILES,
                viewer_protocol_policy="redirect-to-https",
                allowed_methods=READING,
                cached_methods=READING,
                compress=True,
                cache_policy_id=OPTIMIZED_CACHING,
                response_headers_policy_id=headers.id,
            ),
            ordered_cache_behavior=[
                CloudfrontDistributionOrderedCacheBehavior(
                    path_pattern=path,
                    target_origin_id=API,
                    viewer_protocol_policy="https-only",
                    allowed_methods=ALL_METHODS,
                    cached_methods=READING,
                    compress=True,
                    cache_policy_id=NO_CACHING,
                    origin_request_policy_id=ALL_BUT_HOST,
                    response_headers_policy_id=headers.id,
                )
                for path in API_PATHS
            ],
            restrictions=CloudfrontDistributionRestrictions(
                geo_restriction=CloudfrontDistributionRestrictionsGeoRestriction(
                    restriction_type="none"
                )
            ),
            viewer_certificate=CloudfrontDistributionViewerCertificate(
                acm_certificate_arn=options.certificate_arn,
                ssl_support_method="sni-only",
                minimum_protocol_version="TLSv1.2_2021",
            )
            if options.domain_name
            else CloudfrontDistributionViewerCertificate(cloudfront_default_certificate=True),
        )
        accept(distribution, RISKS if options.domain_name else {**RISKS, **WITHOUT_CERTIFICATE})
        return distribution

    def _headers(self) -> CloudfrontResponseHeadersPolicy:
        """The headers of :mod:`stacks.console.headers`, as CloudFront takes them."""
        environment = self._environment
        live = urlsplit(environment.live_url)
        asked = [
            user_pool_url(environment),
            f"https://{self._bucket_of_uploads()}",
            *([f"{live.scheme}://{live.netloc}"] if environment.api.has_live else []),
        ]
        policy = CloudfrontResponseHeadersPolicy(
            self,
            "headers",
            name=environment.qualified(CONSOLE),
            security_headers_config=CloudfrontResponseHeadersPolicySecurityHeadersConfig(
                content_security_policy=CloudfrontResponseHeadersPolicySecurityHeadersConfigContentSecurityPolicy(
                    content_security_policy=content_security_policy(asked), override=True
                ),
                content_type_options=CloudfrontResponseHeadersPolicySecurityHeadersConfigContentTypeOptions(
                    override=True
                ),
                frame_options=CloudfrontResponseHeadersPolicySecurityHeadersConfigFrameOptions(
                    frame_option=FRAME_OPTION, override=True
                ),
                referrer_policy=CloudfrontResponseHeadersPolicySecurityHeadersConfigReferrerPolicy(
                    referrer_policy=REFERRER_POLICY, override=True
                ),
                strict_transport_security=CloudfrontResponseHeadersPolicySecurityHeadersConfigStrictTransportSecurity(
                    access_control_max_age_sec=HSTS_SECONDS,
                    include_subdomains=True,
                    override=True,
                ),
            ),
            custom_headers_config=CloudfrontResponseHeadersPolicyCustomHeadersConfig(
                items=[
                    CloudfrontResponseHeadersPolicyCustomHeadersConfigItems(
                        header=name, value=value, override=True
                    )
                    for name, value in OTHER_HEADERS.items()
                ]
            ),
        )
        accept(policy, UNPRELOADED)
        return policy

    def _bucket_of_uploads(self) -> str:
        """Host of the links to uploads (S3 guide, "Virtual hosting of buckets")."""
        return f"{self._environment.bucket}.s3.{self._environment.region}.amazonaws.com"
