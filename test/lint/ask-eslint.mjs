// Lints each { file, line } of the JSON on stdin as if the line stood at the top of the file; answers their messages.
import { ESLint } from 'eslint';
import { readFileSync } from 'node:fs';

const questions = JSON.parse(readFileSync(0, 'utf8'));
const eslint = new ESLint();
const answers = [];
for (const { file, line } of questions) {
  const [result] = await eslint.lintText(`${line}\n${readFileSync(file, 'utf8')}`, { filePath: file });
  answers.push(result.messages.map(({ ruleId, message }) => `${ruleId}: ${message}`).join('\n'));
}
process.stdout.write(JSON.stringify(answers));
