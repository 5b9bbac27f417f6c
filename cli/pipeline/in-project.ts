/** What `lxc` or `incus` has to be told about a project. */
export function inProject(project: string): string {
  return project === "default" ? "" : ` --project ${project}`;
}
