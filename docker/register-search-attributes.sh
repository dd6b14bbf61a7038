#!/bin/sh
# Registers what connectors are found by in the Web UI, and waits until the namespace has it. Can be run again.
set -eu

registered() {
  temporal operator search-attribute list --output json | grep -q "\"$1\""
}

register() {
  name=$1
  type=$2
  tries=0
  until registered "$name"; do
    tries=$((tries + 1))
    if [ "$tries" -gt 60 ]; then
      echo "The search attribute $name could not be registered." >&2
      exit 1
    fi
    temporal operator search-attribute create --name "$name" --type "$type" || true
    sleep 2
  done
  echo "Search attribute $name ($type) is there."
}

register ConnectorState Keyword
register ConnectorClass Keyword
register Topic KeywordList
