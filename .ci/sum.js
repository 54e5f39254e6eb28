// Adds up jest's reports: node .ci/sum.js BROKEN_STAGES REPORT...
import { existsSync, readFileSync } from 'node:fs';

const [broken, ...files] = process.argv.slice(2);
let passed = 0;
let failed = Number(broken);

for (const file of files.filter((path) => existsSync(path))) {
  const report = JSON.parse(readFileSync(file, 'utf8'));
  // A suite that could not run has no tests to count.
  const counted = report.numFailedTests + report.numRuntimeErrorTestSuites;
  passed += report.numPassedTests;
  // Jest may fail as a whole, as when nothing was found: that must not look green.
  failed += counted === 0 && !report.success ? 1 : counted;
}

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
