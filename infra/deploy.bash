#!/usr/bin/env bash
# What infra/deploy and infra/undeploy share: which deployment it is, and how its stacks stand. To be sourced.
# Only what versions 1 and 2 of the AWS CLI have in common is used: PyPI has the first, AWS and Debian have the second.
# shellcheck disable=SC2034 # what is set here is used there

readonly python=.venv/bin/python
# Version 2 would stop at each long answer and wait for a key.
export AWS_PAGER=""
prefix=${STACK:-rollcall}
given=${PARAMETERS:-}
work=$(mktemp -d)
mkdir "$work/stacks"
trap 'rm -rf "$work"' EXIT
# shellcheck disable=SC2154 # whoever sources this has said its name
trap 'printf "\n%s: stopped; CloudFormation ends what it has begun. Run the same command again to go on.\n" "$program" >&2; exit 130' INT TERM

say() { printf '%s: %s\n' "$program" "$*"; }
fail() { say "$*" >&2; exit 1; }

# The one line of what aws said that matters.
reason() { grep -v '^$' "$work/said" | tail -n 1; }

# Asks a question about templates and stacks of infra/stacks.py.
plan() {
  "$python" -m infra.stacks --prefix "$prefix" --account "${account:-}" --region "${region:-}" --stacks "$work/stacks" \
    --given "$given" "$@" 2>"$work/said" || fail "$(reason)"
}

# yes QUESTION: whether the answer is yes.
yes() {
  local answer
  [ "${YES:-}" != 1 ] || return 0
  read -r -p "$program: $1 [y/N] " answer
  [ "$answer" = y ] || [ "$answer" = yes ]
}

check_tools() {
  [ "${YES:-}" = 1 ] || [ -t 0 ] || fail "there is no terminal to ask at. Say YES=1 to answer yes to everything"
  [ -x "$python" ] || fail "Python packages are missing: run 'infra/setup python'"
  command -v aws >/dev/null 2>&1 || PATH=$PATH:$PWD/.venv/bin
}

# Who calls, and where: sets `account` and `region`.
check_access() {
  local enabled
  region=${REGION:-${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region || true)}}}
  [ -n "$region" ] || fail "in which region? Say it as in REGION=eu-central-1"
  # Version 1 reads the second, version 2 the first.
  export AWS_REGION=$region AWS_DEFAULT_REGION=$region
  if ! account=$(aws sts get-caller-identity --query Account --output text 2>"$work/said"); then
    case $(<"$work/said") in
      *"connect to the endpoint"* | *"endpoint URL"*)
        fail "AWS can't be reached in '$region': there is no such region, or no network. Look at REGION" ;;
      *) fail "AWS does not know who you are ($(reason)). Sign in, as by 'aws sso login' or AWS_PROFILE, and run this again" ;;
    esac
  fi
  # Asked of a region that exists. Whoever may not ask, or is in China or GovCloud, is told by the first stack.
  enabled=$(aws ec2 describe-regions --region us-east-1 --all-regions --output text \
    --query "Regions[?RegionName=='$region'].OptInStatus" 2>/dev/null) || return 0
  case $enabled in
    "") fail "there is no region '$region'. Look at REGION" ;;
    not-opted-in) fail "the region '$region' is not enabled in the account $account: enable it, or choose another REGION" ;;
  esac
}

# describe STACK: finds out how it stands; sets `status`, which is NONE when it is not there.
describe() {
  local file=$work/stacks/$1.json
  if aws cloudformation describe-stacks --stack-name "$prefix-$1" --output json >"$work/description" 2>"$work/said"; then
    mv "$work/description" "$file"
    status=$(sed -n 's/^ *"StackStatus": "\([A-Z_]*\)".*/\1/p' "$file")
    # A deleted stack is as good as none.
    [ "$status" != DELETE_COMPLETE ] || { status=NONE; rm "$file"; }
  elif grep -q 'does not exist' "$work/said"; then
    status=NONE
    rm -f "$file"
  else
    fail "$prefix-$1: $(reason)"
  fi
}

# wait_for STACK: until nothing is under way; sets `status`.
wait_for() {
  local pause=0.2
  describe "$1"
  while [[ $status = *_IN_PROGRESS && $status != REVIEW_IN_PROGRESS ]]; do
    sleep "$pause"
    # Quick stacks are met quickly, and slow ones not asked a thousand times.
    case $pause in 0.2) pause=1 ;; 1) pause=3 ;; *) pause=5 ;; esac
    describe "$1"
  done
}

# What went wrong with a stack, newest last. A template that is refused before anything is made has its reasons in
# another list, which AWS CLIs from before the end of 2025 do not know.
failures() {
  aws cloudformation describe-stack-events --stack-name "$prefix-$1" --output text 2>/dev/null --query \
    "reverse(StackEvents[?ends_with(ResourceStatus, '_FAILED')].[LogicalResourceId, ResourceStatusReason])" |
    tail -n 20 | indent || true
  aws cloudformation describe-events --stack-name "$prefix-$1" --output text 2>/dev/null --query \
    "OperationEvents[?EventType=='VALIDATION_ERROR'].[LogicalResourceId, ValidationStatusReason]" | indent || true
}

indent() { sed 's/\t/: /; s/^/    /'; }

# find_kept TYPE NAME: the identifiers of what exists of this type and name.
find_kept() {
  case $1 in
    AWS::DynamoDB::Table) aws dynamodb describe-table --table-name "$2" --query Table.TableName --output text ;;
    AWS::S3::Bucket) aws s3api head-bucket --bucket "$2" >/dev/null && printf '%s\n' "$2" ;;
    AWS::Cognito::UserPool) find_user_pools "$2" ;;
  esac 2>/dev/null || true
}

# find_user_pools NAME: their ids. One answer holds 60 at most; that number must be given, and where it is, the AWS CLI
# asks for no further answer by itself.
find_user_pools() {
  local next='' ids
  while [ "$next" != None ]; do
    read -r next ids < <(aws cognito-idp list-user-pools --max-results 60 ${next:+--next-token "$next"} --output text \
      --query "[NextToken, join(' ', UserPools[?Name=='$1'].Id)]") || return
    [ -z "$ids" ] || tr ' ' '\n' <<<"$ids"
  done
}
