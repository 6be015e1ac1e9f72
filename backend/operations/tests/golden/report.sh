#!/bin/bash
# Waits until the app answers on this host, or the recipe has failed, or neither comes; then stores the outcome and the
# end of cloud-init's log where only this host may write.
set -u
cd /var/lib/rollcall || exit
metadata=http://169.254.169.254/latest

ended_with() { cat exit-code 2>/dev/null; }

await_outcome() {
  local silent_since=
  while [ "$SECONDS" -lt 540 ]; do
    if curl --silent --output /dev/null --max-time 2 http://127.0.0.1/; then
      echo answering
      return
    fi
    case $(ended_with) in
      '') ;;
      0)
        silent_since=${silent_since:-$SECONDS}
        if [ $((SECONDS - silent_since)) -ge 30 ]; then
          echo not_listening
          return
        fi
        ;;
      *)
        echo script_failed
        return
        ;;
    esac
    sleep 1
  done
  echo hung
}

of_this_host() {
  local token
  token=$(curl --silent --fail --max-time 5 --retry 5 --request PUT \
    --header 'X-aws-ec2-metadata-token-ttl-seconds: 300' "$metadata/api/token")
  curl --silent --fail --max-time 5 --retry 5 --header "X-aws-ec2-metadata-token: $token" "$metadata/meta-data/$1"
}

store() {
  local attempt
  for attempt in 1 2 3 4 5; do
    if aws s3 cp --only-show-errors --region us-east-1 "$1" "$place/$2"; then
      return
    fi
    echo "attempt $attempt to store $2 failed"
    sleep 2
  done
}

outcome=$(await_outcome)
code=$(ended_with)
printf '{"outcome":"%s","exit_code":%s,"seconds":%s}\n' "$outcome" "${code:-null}" "$SECONDS" > report.json
tail -c 65536 /var/log/cloud-init-output.log > log

place=s3://rollcall-artifacts/boot-reports/$(of_this_host tags/instance/rollcall:relaunch)/AROAEXAMPLEHOSTROLEID:$(of_this_host instance-id)
store log cloud-init-output.log
store report.json report.json
