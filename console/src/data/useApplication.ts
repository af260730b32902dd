import { useAccess } from "./access";
import { type Application, readApplication } from "./description";
import { type Loaded, useLoaded } from "./useLoaded";

/** The types, tasks and targets that the deployed application has. */
export function useApplication(): Loaded<Application> {
  const { session } = useAccess();
  return useLoaded("application", () => readApplication(session.config.api));
}
