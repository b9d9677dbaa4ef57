#!/usr/bin/env bash
#
# Tests of lib/jbang with a small program of their own. Needs a JDK and Maven (lib/jbang itself
# brings them), and the network once; a check that cannot be made here counts as skipped.

set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

launcher=$PWD/lib/jbang
real_home=~
passed=0 failed=0 skipped=0

ok() { passed=$((passed + 1)); echo "ok       $1"; }
not_ok() { failed=$((failed + 1)); printf 'NOT OK   %s\n%s\n' "$1" "$2"; }
skip() { skipped=$((skipped + 1)); echo "skipped  $1: $2"; }

# check NAME EXPECTED GOT
check() {
  if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "expected: $2"$'\n'"got:      $3"; fi
}

# check_error NAME REGEX COMMAND...: exits with 1, no output, and a last line on stderr that fits REGEX
check_error() {
  local name=$1 regex=$2 out rc=0
  shift 2
  out=$("$@" 2>"$tmp/stderr") || rc=$?
  if [ "$rc" = 1 ] && [ -z "$out" ] && tail -n 1 "$tmp/stderr" | grep -qE "^lib/jbang: $regex"; then
    ok "$name"
  else
    not_ok "$name" "exit status $rc, stdout '$out', stderr: $(cat "$tmp/stderr")"
  fi
}

# The environment of a first start: an empty home, no locale, and no JBang but ours.
fresh() { env -i PATH="$path" HOME="$home" "$@"; }
hello() { fresh "$launcher" "$tmp/Hello.java" "$@"; }

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
home=$tmp/home
jar=$home/.cache/memory_monitor/jbang-cli-0.132.1-all.jar
mkdir "$home"
ln -s "$real_home/.m2" "$home/.m2" # what Maven has already need not be fetched again
mkdir -p "$real_home/.m2"

path=
IFS=: read -ra folders <<<"$PATH"
for folder in "${folders[@]}"; do
  [ -e "$folder/jbang" ] || path+=${path:+:}$folder
done

offline=(unshare --net)
[ "$(id -u)" = 0 ] || offline=(unshare --map-root-user --net)
"${offline[@]}" true 2>/dev/null || offline=()

cat >"$tmp/Hello.java" <<'JAVA'
///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 17+
//RUNTIME_OPTIONS -Xmx16m -XX:+UseSerialGC
import java.io.PrintStream;

public class Hello {
    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        for (String arg : args) out.println("<" + arg + ">");
        switch (args.length == 0 ? "" : args[0]) {
            case "stdin" -> System.in.transferTo(out);
            case "exit" -> System.exit(Integer.parseInt(args[1]));
            case "wait" -> {
                Runtime.getRuntime().addShutdownHook(new Thread(() -> out.println("stopped")));
                out.println(ProcessHandle.current().pid());
                Thread.sleep(60_000);
            }
        }
    }
}
JAVA

# ------------------------------------------------------------------ first start

hello one >"$tmp/one" 2>"$tmp/one.err" &
one=$!
hello two >"$tmp/two" 2>"$tmp/two.err" &
two=$!
wait "$one" && wait "$two"
check "two first starts at once: both run, and nothing else is on stdout" \
  "0 <one> <two>" "$? $(cat "$tmp/one") $(cat "$tmp/two")"
[ -s "$jar" ] || { cat "$tmp/one.err" "$tmp/two.err"; echo "no JBang, no further checks"; }

# ------------------------------------------------------------------ passing through

args=(-t 1 -d 2s --help 'a  b' "it's" '"' "\$HOME \`id\`" $'\\' '*' $'two\nlines\n' 'grüße 日本 😀' '; exit' '!x')
check "arguments reach the program unchanged, also in the C locale" \
  "$(printf '<%s>\n' "${args[@]}")" "$(hello "${args[@]}" 2>&1)"
check "standard input reaches the program" $'<stdin>\na\nb' "$(printf 'a\nb' | hello stdin 2>&1)"
hello exit 7 >/dev/null 2>&1
check "the exit status is the program's" 7 $?

coproc waiting { exec env -i PATH="$path" HOME="$home" "$launcher" "$tmp/Hello.java" wait 2>&1; }
pid=$!
exec {from}<&"${waiting[0]}"
read -r -t 30 -u "$from" _ && read -r -t 30 -u "$from" answer
check "the program has the launcher's PID" "$pid" "${answer:-}"
kill -TERM "$pid"
wait "$pid"
check "SIGTERM reaches it: it stops cleanly, with 143" "143 stopped" "$? $(cat <&"$from")"

if [ ${#offline[@]} = 0 ]; then
  skip "the second start needs no network" "no network namespaces here"
else
  check "the second start needs no network" "<x>" "$(fresh "${offline[@]}" "$launcher" "$tmp/Hello.java" x 2>&1)"
fi
check "without HOME" "<x>" "$(env -i PATH="$path" XDG_CACHE_HOME="$home/.cache" JBANG_DIR="$home/.jbang" \
  "$launcher" "$tmp/Hello.java" x 2>&1)"

# ------------------------------------------------------------------ what was edited

mkdir -p "$tmp/checkout/lib" "$tmp/outside"
cp "$launcher" "$tmp/checkout/lib/"
printf '//SOURCES lib/Word.java\nclass Say { public static void main(String[] a) { System.out.println(Word.WORD + a.length); } }\n' \
  >"$tmp/checkout/Say.java"
word() { echo "interface Word { String WORD = \"$1\"; }" >"$2/Word.java"; }
say() { fresh "$tmp/checkout/lib/jbang" "$tmp/checkout/Say.java" 2>/dev/null; }

word one "$tmp/checkout/lib"
check "a file of the checkout" one0 "$(say)"
word two "$tmp/checkout/lib"
check "an edit of what it includes counts" two0 "$(say)"
rm -r "$home/.jbang/cache/jars/Say.java."*
check "it comes again after what was built has gone" two0 "$(say)"
truncate -s 100 "$home/.jbang/cache/jars/Say.java."*/*.jar
check "it comes again after what was built has been damaged" two0 "$(say)"
word three "$tmp/outside"
sed -i "s|^//SOURCES lib|//SOURCES $tmp/outside|" "$tmp/checkout/Say.java"
say >/dev/null
word four "$tmp/outside"
check "so does an edit outside of the checkout" four0 "$(say)"

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$tmp/foreign/.jbang/bin"
  cp -r "$home/.cache" "$tmp/foreign"
  printf '#!/bin/sh\necho of somebody else\n' >"$tmp/foreign/.jbang/bin/jbang"
  chmod +x "$tmp/foreign/.jbang/bin/jbang"
  chown -R 65534 "$tmp/foreign"
  check "a home of somebody else, as sudo may leave it, is not used" four0 "$(home=$tmp/foreign say)"
else
  skip "a home of somebody else is not used" "needs root"
fi

# ------------------------------------------------------------------ which JBang, which JDK

mkdir "$tmp/bin" "$tmp/lib"
printf '#!/bin/sh\necho "installed: $*"\n' >"$tmp/bin/jbang"
chmod +x "$tmp/bin/jbang"
check "a JBang on PATH goes first" "installed: a b" "$(path=$tmp/bin:$path fresh "$launcher" a b 2>&1)"
mkdir -p "$home/.jbang/bin"
mv "$tmp/bin/jbang" "$home/.jbang/bin/"
check "then the one in ~/.jbang/bin" "installed: a b" "$(fresh "$launcher" a b 2>&1)"
rm "$home/.jbang/bin/jbang"
ln -s "$launcher" "$tmp/lib/jbang"
check "it does not take itself for one" 0.132.1 "$(path=$tmp/lib:$path fresh jbang version 2>&1)"

mkdir -p "$tmp/old/bin"
printf '#!/bin/sh\necho too old >&2\nexit 99\n' >"$tmp/old/bin/java"
cp "$tmp/old/bin/java" "$tmp/old/bin/javac"
chmod +x "$tmp/old/bin/"*
echo 'JAVA_VERSION="11.0.2"' >"$tmp/old/release"
if [ -n "$(find -L /usr/lib/jvm -maxdepth 3 -path '*/bin/javac' 2>/dev/null)" ]; then
  check "a JDK that is too old on PATH and in JAVA_HOME is passed over" "<x>" \
    "$(path=$tmp/old/bin:$path fresh JAVA_HOME="$tmp/old" "$launcher" "$tmp/Hello.java" x 2>&1)"
else
  skip "a JDK that is too old is passed over" "no JDK in /usr/lib/jvm"
fi

# ------------------------------------------------------------------ what goes wrong

check_error "a home that cannot be written to" 'cannot create /proc/none/.*: set HOME or XDG_CACHE_HOME ' \
  env -i PATH="$path" HOME=/proc/none "$launcher" "$tmp/Hello.java"

echo tampered >>"$jar"
check "a JBang with another SHA-256 in the cache is replaced, not run" "<x>" "$(hello x 2>/dev/null)"

wrong=$tmp/wrong
mkdir -p "$wrong/.m2"
cp -rs "$real_home/.m2/repository" "$wrong/.m2/"
wrong_jar=$wrong/.m2/repository/dev/jbang/jbang-cli/0.132.1/${jar##*/}
rm -f "$wrong_jar"
echo tampered >"$wrong_jar"
check_error "a JBang with another SHA-256 from Maven is not run" 'the JBang that Maven fetched is not the one ' \
  env -i PATH="$path" HOME="$wrong" "$launcher" "$tmp/Hello.java"

if [ ${#offline[@]} = 0 ]; then
  skip "a first start without network" "no network namespaces here"
else
  mkdir "$tmp/new"
  check_error "a first start without network" 'Maven could not fetch JBang .*is the network there' \
    env -i PATH="$path" HOME="$tmp/new" "${offline[@]}" "$launcher" "$tmp/Hello.java"
fi

# Debian's JDKs are hidden by an empty folder, in a mount namespace of its own.
hidden=$(command -v javac)
if [ "$(id -u)" = 0 ] && [[ $(readlink -f "${hidden:-/}") = /usr/lib/jvm/* ]] && unshare --mount true 2>/dev/null; then
  chmod 755 "$tmp"
  cp "$launcher" "$tmp/bin/jbang"
  # shellcheck disable=SC2016
  check_error "without a JDK, an ordinary user is told the command" \
    "missing: .*jdk-headless.* Install with: sudo apt-get .* satisfy .*jdk-headless(,maven)?'\$" \
    unshare --mount bash -c 'mount -t tmpfs none /usr/lib/jvm && mkdir -m 777 "$2/nobody" &&
      exec env -i PATH="$1" HOME="$2/nobody" setpriv --reuid 65534 --regid 65534 --clear-groups "$2/bin/jbang"' \
    - "$path" "$tmp"
else
  skip "without a JDK, an ordinary user is told the command" "needs root and Debian's JDK"
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
