#!/bin/sh
# Builds the Sandesha2 peer: build.sh OUTPUT-DIRECTORY
#
# Needs JDK 17 and Maven (Debian: openjdk-17-jdk-headless, maven). Leaves the jars in OUTPUT-DIRECTORY/lib, Axis2's
# modules in OUTPUT-DIRECTORY/repository and the start script OUTPUT-DIRECTORY/sandeshapeer; Maven's own output goes to
# OUTPUT-DIRECTORY/build. Nothing is written beside the sources.
set -eu

if [ $# -ne 1 ]; then
  echo "usage: $0 OUTPUT-DIRECTORY" >&2
  exit 2
fi
src=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
if [ "$out" = "$src" ]; then
  echo "$0: the output directory must not be the source directory" >&2
  exit 2
fi
mvn -B -q -Dstyle.color=never -f "$src/pom.xml" package -Dmaven.test.skip=true "-Dout=$out"
cat >"$out/sandeshapeer" <<'EOF'
#!/bin/sh
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
exec java -Xmx256m -Xshare:auto -XX:TieredStopAtLevel=1 -XX:+UseSerialGC "-Drepository=$here/repository" -cp "$here/lib/*" sandeshapeer.Main "$@"
EOF
chmod +x "$out/sandeshapeer"
echo "built $out/sandeshapeer"
