#!/bin/bash
# PID 1 of the cluster's own PID and mount namespaces: when it ends, everything in it is gone. Called by cluster.mjs.
#   W: its folder   B: the parts of Kubernetes   PORT: of the API server   NODE, NODE_IP: of its one node   images as arguments
set -u
cd "$W"
export KUBECONFIG=$W/kubeconfig PATH=$B:$PATH
run() { name=$1; shift; "$@" >> "logs/$name.log" 2>&1 & }
# The API server is begun again a while after it was killed, as a manager of services would.
keep() { name=$1; shift; while :; do "$@" >> "logs/$name.log" 2>&1; sleep 3; done & }
mkdir -p /run/netns && mount -t tmpfs tmpfs /run/netns
etcd_at=http://127.0.0.1:$((PORT + 1))
peer=http://127.0.0.1:$((PORT + 2))
run etcd etcd --data-dir "$W/etcd" --listen-client-urls "$etcd_at" --advertise-client-urls "$etcd_at" --listen-peer-urls "$peer" \
  --initial-advertise-peer-urls "$peer" --initial-cluster "default=$peer" --unsafe-no-fsync
keep apiserver kube-apiserver --etcd-servers="$etcd_at" --bind-address=127.0.0.1 --advertise-address="$NODE_IP" --secure-port="$PORT" \
  --tls-cert-file=pki/server.crt --tls-private-key-file=pki/server.key --token-auth-file=pki/tokens.csv --authorization-mode=RBAC \
  --service-account-key-file=pki/accounts.pub --service-account-signing-key-file=pki/accounts.key \
  --service-account-issuer=https://kubernetes.default.svc --service-cluster-ip-range=10.99.0.0/24 --allow-privileged=true \
  --kubelet-preferred-address-types=InternalIP --endpoint-reconciler-type=none
ip addr add "$NODE_IP/32" dev lo 2>/dev/null
run containerd containerd -c containerd.toml
for i in $(seq 100); do ctr -a "$W/ctrd/containerd.sock" version >/dev/null 2>&1 && break; sleep 0.1; done
for image in "$@"; do ctr -a "$W/ctrd/containerd.sock" -n k8s.io images import "$image"; done
for i in $(seq 300); do kubectl get --raw /readyz >/dev/null 2>&1 && break; sleep 0.2; done
keep controllers kube-controller-manager --kubeconfig=kubeconfig --leader-elect=false --bind-address=127.0.0.1 --secure-port=$((PORT + 3)) \
  --service-account-private-key-file=pki/accounts.key --root-ca-file=pki/server.crt --cert-dir=pki \
  --controllers='*,-node-ipam-controller,-node-route-controller,-service-lb-controller,-cloud-node-lifecycle-controller'
keep scheduler kube-scheduler --kubeconfig=kubeconfig --leader-elect=false --bind-address=127.0.0.1 --secure-port=$((PORT + 4)) --cert-dir=pki
run kubelet kubelet --config=kubelet.yaml --kubeconfig=kubeconfig --hostname-override="$NODE" --node-ip="$NODE_IP" --root-dir="$W/kubelet" \
  --cert-dir="$W/kubelet-pki"
for i in $(seq 300); do kubectl get nodes 2>/dev/null | grep -q ' Ready' && break; sleep 0.2; done
for i in $(seq 100); do kubectl get serviceaccount default >/dev/null 2>&1 && break; sleep 0.2; done
touch ready
trap 'exit 0' TERM INT
while :; do sleep 3600 & wait $!; done
