# SPDX-License-Identifier: Apache-2.0
# bash completion for todoku: verbs, options, their values, logs.
# shellcheck shell=bash

_todoku_options() {
    case $1 in
    report)
        echo --since --until --format --output --rules --providers --min-hits --min-ratio \
            --latency-target --idle --max-open --history --no-history --config --color --help
        ;;
    trace)
        echo --since --until --format --limit --history --no-history --config --queue --no-queue \
            --postfix-config --color --help
        ;;
    classify) echo --rules --format --help ;;
    config) echo --config --format --postfix --write --with-secrets --help ;;
    route)
        echo --to --hold --share --for --until --reason --stopped --config --socket --format --color --help
        ;;
    account) echo --for --until --reason --clear --class --server --protocols --networks --valid-until --password-file --no-password \
        --update --new-only --dry-run --keep-plain --flag --protocol --from --config --socket --format --color --help ;;
    queue)
        echo --login --sender --since --until --relay --reason --yes --config --format --color --help
        ;;
    limit) echo --for --until --reason --config --socket --format --color --help ;;
    run) echo --config --help ;;
    replay) echo --config --format --limits --mode --relay --help ;;
    status) echo --config --socket --format --color --help ;;
    top) echo --config --socket --help ;;
    incident) echo --all --since --history --note --language --fixed --contact --config --socket --format --color --help ;;
    silence)
        echo --kind --relay --source --provider --login --domain --name --all --for --until --from \
            --comment --config --socket --format --color --help
        ;;
    *) echo --help ;;
    esac
}

_todoku_words() {
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}

# Values of an option; false when it is none that takes one.
_todoku_value() {
    local verb=$1 option=$2 word=$3
    case $option in
    --format)
        case $verb in
        report) _todoku_words "text json html" "$word" ;;
        config) _todoku_words "yaml json text" "$word" ;;
        account) _todoku_words "text json csv passwd-file" "$word" ;;
        *) _todoku_words "text json" "$word" ;;
        esac
        ;;
    --mode) _todoku_words "observe propose auto" "$word" ;;
    --color) _todoku_words "auto always never" "$word" ;;
    --protocol) _todoku_words "imap pop3 smtp sieve" "$word" ;;
    --flag) _todoku_words "note slow hold defer no-send suspended no-login password-reset" "$word" ;;
    --from) [[ $verb == account ]] || _todoku_words "now today yesterday -1h -2h -1d $(date +%F)" "$word" ;;
    --since | --until) _todoku_words "now today yesterday -1h -2h -1d $(date +%F)" "$word" ;;
    --latency-target | --idle) _todoku_words "60s 5m 1h 1d 7d" "$word" ;;
    --output | --rules | --providers | --config | --socket | -c) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    --postfix-config) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
    --for) _todoku_words "30m 1h 2h 8h 1d" "$word" ;;
    --kind)
        _todoku_words "block silent-block outage unreachable slow-down configuration surge content \
            authentication dns growth reachability latency queue-age backlog brute-force account-hijacked \
            auth-backend-down mailbox-server-quota-down log-silent log-unread history notifier routing" "$word"
        ;;
    --min-hits | --min-ratio | --max-open | --limit | --note | --comment | --reason) COMPREPLY=() ;;
    --share) _todoku_words "5% 10% 25% 50% 75%" "$word" ;;
    --to) COMPREPLY=() ;;
    --relay | --source | --provider | --login | --sender | --domain | --name) COMPREPLY=() ;;
    *) return 1 ;;
    esac
}

_todoku() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} verb=${COMP_WORDS[1]}
    COMPREPLY=()
    # --option=value arrives as three words.
    if [[ $word == "=" ]]; then
        word=
    elif [[ $before == "=" ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    if ((COMP_CWORD == 1)); then
        _todoku_words "run status top incident silence route account limit queue report trace replay parse classify config help --help --version" "$word"
        return
    fi
    _todoku_value "$verb" "$before" "$word" && return
    if [[ $word == -* ]]; then
        _todoku_words "$(_todoku_options "$verb")" "$word"
        return
    fi
    if [[ $verb == config ]]; then
        _todoku_words "check dump example postfix nginx dovecot" "$word"
        return
    fi
    if [[ $verb == route ]]; then
        _todoku_words "list approve deny undo set clear expire" "$word"
        return
    fi
    if [[ $verb == account ]]; then
        case $before in
        account) _todoku_words "list show check suspend resume flag add change remove passwd alias app-password import" "$word" ;;
        *) _todoku_words "note slow hold defer no-send suspended no-login password-reset" "$word" ;;
        esac
        return
    fi
    if [[ $verb == queue ]]; then
        _todoku_words "hold release purge audit" "$word"
        return
    fi
    if [[ $verb == limit ]]; then
        _todoku_words "list show set reset default" "$word"
        return
    fi
    if [[ $verb == incident ]]; then
        _todoku_words "list show delist ack close" "$word"
        return
    fi
    if [[ $verb == silence ]]; then
        _todoku_words "add list end" "$word"
        return
    fi
    [[ $verb == run || $verb == status || $verb == top ]] && return
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
}

complete -F _todoku todoku
