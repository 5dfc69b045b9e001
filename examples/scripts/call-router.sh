#!/bin/sh
# A caller of the router with curl and jq: submit, wait, fetch the picture.
#
# You learn that one request is enough for a short task: with ?wait the answer is the ended task. A longer one is asked
# for until it has ended.
#
#   examples/scripts/call-router.sh http://localhost:8080 admin:admin "a lighthouse in a storm" lighthouse.png
set -eu
router=$1 login=$2 prompt=$3 file=$4

call() {
    curl --silent --show-error --fail-with-body --max-time 330 --user "$login" "$@"
}

task=$(jq --null-input --arg prompt "$prompt" \
    '{type: "SD15", params: {prompt: $prompt, checkpoint: "v1-5.safetensors"}}' |
    call --header 'Content-Type: application/json' --data @- "$router/workflow?wait=60")
id=$(printf '%s' "$task" | jq --raw-output .id)

while :; do
    case $(printf '%s' "$task" | jq --raw-output '.status // "pending"') in
        done) break ;;
        error | cancelled)
            printf '%s' "$task" | jq --raw-output '.error.message // .status' >&2
            exit 1
            ;;
    esac
    sleep 2
    task=$(call "$router/workflow/$id")
done

call --output "$file" "$router$(printf '%s' "$task" | jq --raw-output '.images[0].url')"
echo "$file"
