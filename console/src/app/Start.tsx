import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useEffect, useState } from "react";

import { LocalTokens } from "../session/local";
import { PoolTokens } from "../session/pool";
import { Session, SessionEnded, type Tokens } from "../session/session";
import { useText } from "../text/text";
import { Problem } from "../ui/Problem";
import { readConfig } from "./config";
import { Frame } from "./Frame";

type Stage =
  | { is: "loading" }
  | { is: "signedOut"; tokens: Tokens }
  | { is: "signedIn"; session: Session }
  | { is: "failed"; error: unknown };

/** Read the settings, take up the session or ask for one, and show the console. */
export function Start() {
  const { t } = useText();
  const [stage, setStage] = useState<Stage>({ is: "loading" });

  useEffect(() => {
    begun().then(setStage, (error: unknown) => setStage({ is: "failed", error }));
  }, []);

  if (stage.is === "signedIn") return <Frame session={stage.session} />;
  return (
    <main>
      <Box padding="xxxl" textAlign="center">
        <SpaceBetween size="l">
          <Box variant="h1">{t("app.title")}</Box>
          {stage.is === "loading" && (
            <StatusIndicator type="loading">{t("app.loading")}</StatusIndicator>
          )}
          {stage.is === "signedOut" && <SignIn tokens={stage.tokens} />}
          {stage.is === "failed" && (
            <Problem
              error={stage.error}
              title={t("app.failedToStart")}
              retry={() => window.location.reload()}
            />
          )}
        </SpaceBetween>
      </Box>
    </main>
  );
}

function SignIn({ tokens }: { tokens: Tokens }) {
  const { t } = useText();
  return (
    <SpaceBetween size="m">
      <Box>{t("app.signInNeeded")}</Box>
      <Button variant="primary" onClick={() => void tokens.signIn()}>
        {t("app.signIn")}
      </Button>
    </SpaceBetween>
  );
}

let begin: Promise<Stage> | undefined;

/** Once for each load of the page: a code of the hosted page can be changed for tokens once. */
function begun(): Promise<Stage> {
  begin ??= beginning();
  return begin;
}

async function beginning(): Promise<Stage> {
  const config = await readConfig();
  if (config.sign_in.kind === "local") {
    return { is: "signedIn", session: await Session.begin(config, new LocalTokens(config)) };
  }
  const tokens = new PoolTokens(config, config.sign_in);
  if (!(await tokens.begin())) return { is: "signedOut", tokens };
  try {
    return { is: "signedIn", session: await Session.begin(config, tokens) };
  } catch (error) {
    if (error instanceof SessionEnded) return { is: "signedOut", tokens };
    throw error;
  }
}
