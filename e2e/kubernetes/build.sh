#!/bin/sh
# Builds the parts of Kubernetes out of the Go modules that its project publishes, into one program, once per version:
#   build.sh FOLDER     needs Go and 4 GB of disk while it builds
set -eu
version=1.36.3
staging=v0.${version#1.}
here=$(cd "$(dirname "$0")" && pwd)
out=$(mkdir -p "$1" && cd "$1" && pwd)
stamp="$version $(sha256sum < "$here/main.go" | cut -c1-16)"
[ "$(cat "$out/stamp" 2>/dev/null)" = "$stamp" ] && exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here/main.go" "$work/"
cp "$here/go.sum" "$work/" 2>/dev/null || true
cd "$work"
export GOFLAGS=-mod=mod GOTOOLCHAIN=local CGO_ENABLED=0
source=$(cd / && go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
# In the tree of Kubernetes the modules that live in it are of version 0.0.0; published they are 0.36.3 for 1.36.3.
{
  echo 'module kubernetes-for-tests'
  grep -E '^(go|godebug) ' "$source/go.mod"
  echo "require k8s.io/kubernetes v$version"
  echo 'replace ('
  sed -nE "s#^[[:space:]]+(k8s.io/[a-z0-9-]+) v0\.0\.0( //.*)?\$#\t\1 => \1 $staging#p" "$source/go.mod" | sort -u
  echo ')'
} > go.mod
go mod tidy
minor=${version#1.}
package=k8s.io/component-base/version
go build -trimpath -ldflags "-s -w -X $package.gitVersion=v$version -X $package.gitMajor=1 -X $package.gitMinor=${minor%%.*} -X $package.gitTreeState=clean" -o "$out/kubernetes" .
for part in etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kubectl; do ln -sf kubernetes "$out/$part"; done
cp go.sum "$out/go.sum"
echo "$stamp" > "$out/stamp"
