/** The settings that are served beside the page. Nothing in them is secret. */

/** How claims of a token become a principal; `[api.identity]` of the environment. */
export interface Identity {
  subject: string;
  name: string;
  tenants: string;
  roles: string;
  /** By a group's name, the role that it gives. */
  role_names: Readonly<Record<string, string>>;
}

export interface Config {
  environment: string;
  /** The API's address; empty if it is the page's own, as behind CloudFront. */
  api: string;
  identity: Identity;
  sign_in:
    | { kind: "pool"; domain: string; client_id: string; scopes: string }
    | { kind: "local" };
}

export async function readConfig(): Promise<Config> {
  const answer = await fetch("/config.json", { cache: "no-store" });
  if (!answer.ok) throw new Error(`/config.json was answered by ${answer.status}`);
  return (await answer.json()) as Config;
}
