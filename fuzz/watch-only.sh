#!/bin/sh
# Takes the place of rustc (RUSTC_WRAPPER), and lets the fuzzer watch only the crates
# named in WATCH, say `routewright`. What a fuzzer does not watch runs faster, and
# branches of the oracle are nothing to look for.
rustc=$1
shift
case " $WATCH " in
*" $(printf '%s\n' "$@" | sed -n '/^--crate-name$/{n;p;}') "*) exec "$rustc" "$@" ;;
esac
skipped=
for argument do
    shift
    case "$argument" in
    -Cpasses=sancov-module | -Cllvm-args=-sanitizer-coverage* | -Cllvm-args=-simplifycfg*) skipped=$skipped. ;;
    *) set -- "$@" "$argument" ;;
    esac
done
exec "$rustc" "$@"
