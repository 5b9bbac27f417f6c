import { TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type { Backend } from "../shared/backend.ts";
import type { DeclaredGroup } from "../shared/parse-groups.ts";
import { declareBackend } from "./backend.ts";
import type { Platform, StackSource } from "./platform.ts";
import { ReplicaGroup } from "./replica-group.ts";

export interface SourceStackProps {
  readonly source: StackSource;
  /** The groups of this source that are created here; those with a selector are created elsewhere. */
  readonly groups: readonly DeclaredGroup[];
  readonly platform: Platform;
  readonly backend: Backend;
  /** The stack's directory below the output: Terraform's working directory. */
  readonly directory: string;
}

/** All groups of a source: one state, one lock. It has one output for each group, a map from replica to address. */
export class SourceStack extends TerraformStack {
  constructor(scope: Construct, id: string, { source, groups, platform, backend, directory }: SourceStackProps) {
    super(scope, id);
    declareBackend(this, { backend, stack: source.name, directory });
    platform.addProvider(this, source);
    for (const group of groups) {
      // No group's name contains a dot, so this never collides with the other constructs here: `backend`, `lxd`, the outputs.
      const { addresses } = new ReplicaGroup(this, `group.${group.name}`, { group, source, platform });
      new TerraformOutput(this, `${group.name}-addresses`, { value: addresses, staticId: true });
    }
  }
}
