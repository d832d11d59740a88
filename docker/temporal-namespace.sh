#!/bin/sh
# Makes sure of a namespace whose closed workflows are kept for 90 days, and waits until the server serves it: a new one
# is known to all of the server only some seconds later. Safe to repeat. Where is in TEMPORAL_ADDRESS.
set -eu
namespace=$1

temporal operator namespace describe --namespace "$namespace" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$namespace" --retention 90d

tries=60
until complaint=$(temporal operator namespace update --namespace "$namespace" --retention 90d 2>&1); do
  tries=$((tries - 1))
  if [ "$tries" -eq 0 ]; then
    echo "$complaint" >&2
    exit 1
  fi
  sleep 1
done
echo "The namespace $namespace is there, and keeps closed workflows for 90 days."
