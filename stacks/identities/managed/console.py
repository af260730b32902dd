"""Terraform's calls for the web console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.identities.managed.kind import Managed

if TYPE_CHECKING:
    from stacks.environment.model import Environment

KINDS = ("distribution", "origin-access-control", "response-headers-policy")


def console(environment: Environment) -> list[Managed]:
    """CloudFront's parts and the settings beside the files, if there is a console.

    CloudFront gives each part an id, and has no region. So these are all of the account's.
    (Service Authorization Reference, "Amazon CloudFront").
    """
    if not environment.console.enabled:
        return []
    home = f"arn:{environment.partition}:cloudfront::{environment.account_id}"
    files = f"{environment.bucket_arn(environment.console_bucket)}/*"
    return [
        Managed(
            "Console",
            tuple(f"{home}:{kind}/*" for kind in KINDS),
            (
                "cloudfront:GetDistribution",
                "cloudfront:GetOriginAccessControl",
                "cloudfront:GetResponseHeadersPolicy",
                "cloudfront:ListTagsForResource",
            ),
            (
                "cloudfront:CreateDistribution",
                "cloudfront:CreateInvalidation",
                "cloudfront:CreateOriginAccessControl",
                "cloudfront:CreateResponseHeadersPolicy",
                "cloudfront:DeleteDistribution",
                "cloudfront:DeleteOriginAccessControl",
                "cloudfront:DeleteResponseHeadersPolicy",
                "cloudfront:TagResource",
                "cloudfront:UntagResource",
                "cloudfront:UpdateDistribution",
                "cloudfront:UpdateOriginAccessControl",
                "cloudfront:UpdateResponseHeadersPolicy",
            ),
        ),
        Managed(
            "ConsoleFiles",
            (files,),
            ("s3:GetObject", "s3:GetObjectTagging"),
            ("s3:DeleteObject", "s3:PutObject", "s3:PutObjectTagging"),
        ),
    ]
