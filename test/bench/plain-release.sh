#!/usr/bin/env bash
# What a team glues together: the same steps as a release of examples/shop-api, in order, and nothing around them: no record, no
# approval, no lane, no way back. The leanest that can be written, so that what Sluice adds to it is not flattered: gates at
# once, the image packed with tar and pushed with curl, half a second between two looks at the service.
set -euo pipefail
: "${REPOSITORY:?}" "${COMMIT:?}" "${SCRATCH:?}" "${SCANNER:?}" "${SERVICE_URL:?}" "${AWS_ENDPOINT_URL:?}"
region=eu-west-1 host=${AWS_ENDPOINT_URL#http://}
ecs=AmazonEC2ContainerServiceV20141113 ecr=AmazonEC2ContainerRegistry_V20150921

aws() { # SERVICE TARGET BODY
  curl -fsS --max-time 10 --aws-sigv4 "aws:amz:$region:$1" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
    -H "x-amz-target: $2" -H 'content-type: application/x-amz-json-1.1' --data-binary "$3" "$AWS_ENDPOINT_URL/"
}
# An expression over the JSON on stdin, called `it`; further arguments are process.argv[1] and so on.
json() { local read='JSON.parse(require("fs").readFileSync(0,"utf8"))'; node -p "const it=$read; $1" "${@:2}"; }
sha256() { sha256sum "$1" | cut -d' ' -f1; }

# Source.
cd "$SCRATCH"
git clone --quiet --no-checkout "$REPOSITORY" source
git -C source -c advice.detachedHead=false checkout --quiet "$COMMIT"

# Gates, both at once.
(
  cd source
  npm test >../tests.log 2>&1
  awk -F: '/^SF:/ {own = $2 !~ /^test\//} own && /^LF:/ {all += $2} own && /^LH:/ {hit += $2} END {exit !(all > 0 && hit * 100 >= all * 80)}' lcov.info
) & tests=$!
git clone --quiet --local "$REPOSITORY" scanned && git -C scanned checkout --quiet "$COMMIT" && rm -rf scanned/.git
(
  node "$SCANNER" scanned secrets.json >/dev/null
  json 'if (it.files === 0 || it.findings.length > 0) process.exit(1); 0' <secrets.json >/dev/null
) & secrets=$!
wait "$tests" || { echo 'tests failed' >&2; exit 10; }
wait "$secrets" || { echo 'secrets found' >&2; exit 10; }

# Image.
tar -C source --sort=name --mtime=@0 --owner=0 --group=0 --transform 's,^,app/,' \
  -cf layer.tar package.json catalogue.json server.js src
gzip --no-name --keep layer.tar
cat >config.json <<JSON
{"architecture":"amd64","os":"linux","config":{"Env":["COMMIT_SHA=$COMMIT"],"Cmd":["node","server.js"],"WorkingDir":"/app"},"rootfs":{"type":"layers","diff_ids":["sha256:$(sha256 layer.tar)"]}}
JSON
cat >manifest.json <<JSON
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:$(sha256 config.json)","size":$(stat -c %s config.json)},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"sha256:$(sha256 layer.tar.gz)","size":$(stat -c %s layer.tar.gz)}]}
JSON
token=$(aws ecr $ecr.GetAuthorizationToken '{}' | json 'it.authorizationData[0].authorizationToken')
push() { # METHOD PATH TYPE FILE
  curl -fsS --max-time 30 -o /dev/null -X "$1" -H "authorization: Basic $token" -H "content-type: $3" --data-binary "@$4" "http://$host/v2/shop-api/$2"
}
for blob in config.json layer.tar.gz; do
  push POST "blobs/uploads/?digest=sha256:$(sha256 $blob)" application/octet-stream $blob
done
push PUT "manifests/$COMMIT" application/vnd.oci.image.manifest.v1+json manifest.json
image="$host/shop-api@sha256:$(sha256 manifest.json)"

# Deployment.
service='{"cluster":"production","services":["api"]}'
live=$(aws ecs $ecs.DescribeServices "$service" | json 'it.services[0].taskDefinition')
next=$(aws ecs $ecs.DescribeTaskDefinition "{\"taskDefinition\":\"$live\"}" | json '
  const {family, memory, cpu, networkMode, containerDefinitions} = it.taskDefinition;
  containerDefinitions[0].image = process.argv[1];
  JSON.stringify({family, memory, cpu, networkMode, containerDefinitions})' "$image")
revision=$(aws ecs $ecs.RegisterTaskDefinition "$next" | json 'it.taskDefinition.taskDefinitionArn')
ours=$(aws ecs $ecs.UpdateService "{\"cluster\":\"production\",\"service\":\"api\",\"taskDefinition\":\"$revision\"}" |
  json 'it.service.deployments.find((one) => one.status === "PRIMARY").id')

# Stability.
for ((look = 0; ; look++)); do
  state=$(aws ecs $ecs.DescribeServices "$service" | json '(it.services[0].deployments.find((one) => one.id === process.argv[1]) ?? {}).rolloutState ?? "GONE"' "$ours")
  [ "$state" = COMPLETED ] && break
  [ "$state" = IN_PROGRESS ] && [ "$look" -lt 240 ] || { echo "the deployment is $state" >&2; exit 20; }
  sleep 0.5
done

# Health: three good answers in a row, a second apart.
for ((good = 0, asked = 0; good < 3; asked++)); do
  [ "$asked" -lt 30 ] || { echo 'not healthy' >&2; exit 20; }
  [ "$asked" -eq 0 ] || sleep 1
  answer=$(curl -fsS --max-time 2 "$SERVICE_URL/version" | json 'it.commit' || true)
  if [ "$answer" = "$COMMIT" ]; then good=$((good + 1)); else good=0; fi
done
