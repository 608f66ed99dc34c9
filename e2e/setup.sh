#!/bin/sh
# What the tests of a fleet need beside npm: a real sshd, a shell in one file. Installed where they are missing.
set -e
missing=''
[ -x /usr/sbin/sshd ] || missing="$missing openssh-server"
[ -x /bin/busybox ] || missing="$missing busybox-static"
[ -x /usr/bin/containerd ] || missing="$missing containerd"
[ -x /usr/sbin/runc ] || missing="$missing runc"
[ -d /usr/lib/cni ] || missing="$missing containernetworking-plugins"
[ -x /usr/sbin/ip ] || [ -x /sbin/ip ] || missing="$missing iproute2"
if [ -n "$missing" ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi
