import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import StatusIndicator from "@cloudscape-design/components/status-indicator";

import { isUnreachable } from "../data/reach";
import type { Loaded } from "../data/useLoaded";
import { useText } from "../text/text";
import { Problem } from "./Problem";

/** The error of a read, or that it is under way; what was read before stays beside it. */
export function LoadingState({ of }: { of: Pick<Loaded<unknown>, "data" | "error" | "isLoading" | "reload"> }) {
  const { t } = useText();
  if (of.error !== undefined && of.data !== undefined && isUnreachable(of.error)) {
    return (
      <div role="status">
        <StatusIndicator type="warning">{t("common.stale")}</StatusIndicator>{" "}
        <Button variant="inline-link" onClick={of.reload}>
          {t("common.retry")}
        </Button>
      </div>
    );
  }
  if (of.error !== undefined) return <Problem error={of.error} retry={of.reload} />;
  if (of.data !== undefined || !of.isLoading) return null;
  return (
    <Box padding="s">
      <StatusIndicator type="loading">{t("app.loading")}</StatusIndicator>
    </Box>
  );
}
