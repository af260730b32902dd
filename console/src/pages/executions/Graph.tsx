import { type KeyboardEvent, useId, useMemo } from "react";

import { useText } from "../../text/text";
import type { MachineDefinition } from "./definition";
import { drawn } from "./layout";

interface Props {
  machine: MachineDefinition;
  label: string;
  /** By the names of states that the execution was in, how the last stay went. */
  statuses: ReadonlyMap<string, string>;
  chosen: string | undefined;
  choose: (state: string) => void;
}

/** The machine, with the way of the execution through it. */
export function Graph({ machine, label, statuses, chosen, choose }: Props) {
  const { t } = useText();
  const tip = useId();
  const { nodes, frames, edges, width, height } = useMemo(() => drawn(machine), [machine]);
  const pressed = (event: KeyboardEvent, name: string) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    choose(name);
  };
  return (
    // A region that scrolls has to be reached by keyboard; the states within it are buttons.
    <div className="graph" role="group" aria-label={label}>
      <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
        <defs>
          <marker id={tip} viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path className="tip" d="M 0 0 L 8 4 L 0 8 z" />
          </marker>
        </defs>
        {frames.map((frame) => (
          <rect
            key={frame.name}
            className="frame"
            x={frame.x}
            y={frame.y}
            width={frame.width}
            height={frame.height}
            rx={10}
          />
        ))}
        {edges.map(({ id, path, isCaught }) => (
          <path key={id} className={isCaught ? "edge caught" : "edge"} d={path} markerEnd={`url(#${tip})`} />
        ))}
        {nodes.map(({ name, type, x, y, width: wide, height: high }) => {
          const status = statuses.get(name);
          return (
            <g
              key={name}
              className="node"
              role="button"
              tabIndex={0}
              aria-pressed={name === chosen}
              aria-label={`${name}, ${type}: ${status ?? t("executions.unvisited")}`}
              data-state={name}
              data-status={status ?? ""}
              onClick={() => choose(name)}
              onKeyDown={(event) => pressed(event, name)}
            >
              <rect className="box" x={x} y={y} width={wide} height={high} rx={8} />
              <text x={x + wide / 2} y={y + high / 2 + 4} textAnchor="middle">
                {name}
              </text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}
