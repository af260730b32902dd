import Alert from "@cloudscape-design/components/alert";

import { useText } from "../text/text";
import { Page } from "./Page";

/** For an address that names no page: a mistyped one, or a link that was cut. */
export function NoPage() {
  const { t } = useText();
  return (
    <Page title={t("app.noPage")}>
      <Alert type="warning">{t("app.noPageText")}</Alert>
    </Page>
  );
}
