import { TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type { Backend } from "../shared/backend.ts";
import type { DeclaredGroup } from "../shared/parse-groups.ts";
import { declareBackend } from "./backend.ts";
import type { Platform, StackSource } from "./platform.ts";
import { ReplicaGroup } from "./replica-group.ts";

export interface SourceStackProps {
  readonly source: StackSource;
  /** Those of this source that are made here; a group with a selector is made by somebody else. */
  readonly groups: readonly DeclaredGroup[];
  readonly platform: Platform;
  readonly backend: Backend;
  /** The stack's directory below the output: Terraform's working directory. */
  readonly directory: string;
}

/** All groups of a source: one state, one lock. Its outputs are one map a group, from replica to address. */
export class SourceStack extends TerraformStack {
  constructor(scope: Construct, id: string, { source, groups, platform, backend, directory }: SourceStackProps) {
    super(scope, id);
    declareBackend(this, { backend, stack: source.name, directory });
    platform.addProvider(this, source);
    for (const group of groups) {
      // The dot, which no group's name holds, keeps it apart from the other constructs here: `backend`, `lxd`, the outputs.
      const { addresses } = new ReplicaGroup(this, `group.${group.name}`, { group, source, platform });
      new TerraformOutput(this, `${group.name}-addresses`, { value: addresses, staticId: true });
    }
  }
}
