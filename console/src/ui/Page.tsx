import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useContext, useEffect } from "react";

import { AccessContext } from "../data/access";

interface Props {
  title: string;
  description?: string;
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, description, actions, children }: Props) {
  const access = useContext(AccessContext);
  // Of many tabs, each says of which environment and tenant it is.
  const named = [title, access?.tenant, access?.session.environment].filter(Boolean).join(" · ");
  useEffect(() => {
    document.title = named;
  }, [named]);
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description={description !== undefined && <span className="anywhere">{description}</span>}
          actions={actions}
        >
          <span className="anywhere">{title}</span>
        </Header>
      }
    >
      <SpaceBetween size="l">{children}</SpaceBetween>
    </ContentLayout>
  );
}
