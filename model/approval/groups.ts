export interface Group {
  name: string;
  members: readonly string[];
}

/**
 * The groups that are left without anybody when each of these people stands for one group at most, and as many groups as
 * possible have somebody. Who is in two groups is thus never two people.
 */
export function unfilledGroups(groups: readonly Group[], people: readonly string[]): Group[] {
  const standsFor = new Map<string, Group>();
  // Kuhn's augmenting paths: somebody who stands for another group already may be moved, if that one finds another.
  const fill = (group: Group, tried: Set<string>): boolean =>
    people.some((person) => {
      if (!group.members.includes(person) || tried.has(person)) return false;
      tried.add(person);
      const other = standsFor.get(person);
      if (other !== undefined && !fill(other, tried)) return false;
      standsFor.set(person, group);
      return true;
    });
  return groups.filter((group) => !fill(group, new Set()));
}
