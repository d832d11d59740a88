import { stringify } from 'yaml';
import type { Template } from './cloudformation';

const HEAD = `Made by \`sluice iam\`: print it again rather than changing it. Deploy it with

    aws cloudformation deploy --stack-name sluice-PROJECT --template-file THIS_FILE \\
      --capabilities CAPABILITY_NAMED_IAM --parameter-overrides NAME=VALUE …

Parameters without a default must be given; docs/iam.md says what each is.`;

/** The template as YAML. Texts that YAML 1.1 takes for dates or truths are quoted, since that is what CloudFormation reads. */
export function templateText(template: Template): string {
  const head = HEAD.split('\n').map((line) => `# ${line}`.trimEnd());
  return `${head.join('\n')}\n${stringify(template, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })}`;
}
