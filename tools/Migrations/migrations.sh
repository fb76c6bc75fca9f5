#!/usr/bin/env bash
# Adds a migration to both providers, or takes the last one back:
#   tools/Migrations/migrations.sh add AddSomething
#   tools/Migrations/migrations.sh remove
# Needs dotnet-ef 10.0.14: dotnet tool install --global dotnet-ef --version 10.0.14
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
[[ $# -ge 1 ]] || { sed -n 2,5p "$0"; exit 2; }
dotnet restore --verbosity quiet
infrastructure=../../src/Infrastructure
for provider in Sqlite PostgreSql; do
  if [[ $1 == add ]]; then
    dotnet ef migrations add "$2" --context "${provider}DbContext" --project "$infrastructure" --startup-project . \
      --output-dir "Persistence/Migrations/$provider"
  else
    dotnet ef migrations remove --force --context "${provider}DbContext" --project "$infrastructure" --startup-project .
  fi
done
find "$infrastructure/Persistence/Migrations" -name '*.cs' -exec sed -i '1s/^\xEF\xBB\xBF//' {} +
