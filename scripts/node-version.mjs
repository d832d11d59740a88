// Read by versions of Node that are too old for everything else: no syntax newer than 2020 here.
const needed = [20, 19];

/** Ends the process with one sentence when this Node is older than the program needs. */
export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > needed[0] || (major === needed[0] && minor >= needed[1])) return;
  process.stderr.write(
    `sluice needs Node ${needed.join('.')} or newer, and this is Node ${process.versions.node}: install a newer one from https://nodejs.org and run the command again.\n`,
  );
  process.exit(2);
}
