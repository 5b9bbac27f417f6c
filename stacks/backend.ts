import { join, relative } from "node:path";
import { HttpBackend, LocalBackend, PgBackend, S3Backend, type TerraformStack } from "cdktf";
import type { Backend } from "../shared/backend.ts";
import { literal } from "./literal.ts";

export interface BackendProps {
  readonly backend: Backend;
  /** Its name is in the name of its state. */
  readonly stack: string;
  /** Terraform's working directory, to which a local path is relative. */
  readonly directory: string;
}

/** Sets where Terraform keeps the state of a stack. CDKTF's own default is an absolute path, which differs between machines. */
export function declareBackend(scope: TerraformStack, { backend, stack, directory }: BackendProps): void {
  const forStack = (address: string) => literal(address.replaceAll("{stack}", encodeURIComponent(stack)));
  if ("local" in backend) {
    new LocalBackend(scope, { path: literal(relative(directory, join(backend.local, `${stack}.tfstate`))) });
  } else if ("http" in backend) {
    const { address, lockAddress = address, unlockAddress = lockAddress, ...methods } = backend.http;
    new HttpBackend(scope, {
      ...methods,
      address: forStack(address),
      lockAddress: forStack(lockAddress),
      unlockAddress: forStack(unlockAddress),
    });
  } else if ("s3" in backend) {
    const { bucket, prefix, region, endpoint, profile, encrypt, useLockfile, usePathStyle } = backend.s3;
    new S3Backend(scope, {
      bucket: literal(bucket),
      key: literal(`${prefix}/${stack}.tfstate`),
      region: literal(region),
      encrypt,
      ...(profile !== undefined && { profile: literal(profile) }),
      ...(usePathStyle !== undefined && { usePathStyle }),
      ...(endpoint !== undefined && { endpoints: { s3: literal(endpoint) } }),
    });
    // CDKTF is older than this setting.
    scope.addOverride("terraform.backend.s3.use_lockfile", useLockfile);
  } else {
    new PgBackend(scope, { connStr: "", schemaName: `${backend.pg.schema}_${stack}` });
    // CDKTF's class asks for the connection string, which holds a password; Terraform takes it from PG_CONN_STR.
    scope.addOverride("terraform.backend.pg.conn_str", undefined);
  }
}
