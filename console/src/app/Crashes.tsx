import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { Component, type ReactNode } from "react";

import { useText } from "../text/text";

/** Keeps the frame standing when a page fails. */
export class Crashes extends Component<{ children: ReactNode }, { error?: Error }> {
  override state: { error?: Error } = {};

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    return error === undefined ? this.props.children : <Crashed error={error} />;
  }
}

function Crashed({ error }: { error: Error }) {
  const { t } = useText();
  return (
    <Alert
      type="error"
      header={t("app.crashed")}
      action={<Button onClick={() => window.location.reload()}>{t("common.retry")}</Button>}
    >
      {error.message}
    </Alert>
  );
}
