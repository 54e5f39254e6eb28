#!/usr/bin/env bash
# Runs the tests on Node 24: npm run test:node24 [-- jest arguments]. Wants node_modules and dist.
# The better-sqlite3 that Node 20 compiled has another ABI, and a compile would need Node's headers,
# which its npm package lacks. So a copy of the project outside the tree takes the line of
# better-sqlite3 that carries a binary for Node 24, and everything else by symbolic link.
set -euo pipefail
project=$(cd "$(dirname "$0")/../.." && pwd)
NODE=24.21.0
BETTER_SQLITE3=13.2.0

scratch=$(mktemp -d)
chmod 755 "$scratch"
trap 'rm -rf "$scratch"' EXIT
npm install --no-save --no-audit --no-fund --loglevel=error --prefix "$scratch" \
  "node@$NODE" "better-sqlite3@$BETTER_SQLITE3"

mkdir -p "$scratch/copy/node_modules"
tar -C "$project" --exclude=./node_modules --exclude=./.git --exclude=./data -cf - . |
  tar -C "$scratch/copy" -xf -
ln -s "$project"/node_modules/* "$project/node_modules/.bin" "$scratch/copy/node_modules/"
ln -sfn "$scratch/node_modules/better-sqlite3" "$scratch/copy/node_modules/better-sqlite3"

cd "$scratch/copy"
"$scratch/node_modules/.bin/node" --version
"$scratch/node_modules/.bin/node" --disable-warning=ExperimentalWarning \
  --experimental-vm-modules node_modules/jest/bin/jest.js "$@"
