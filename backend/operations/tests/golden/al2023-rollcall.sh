#!/bin/bash
# Installs Rollcall's host binary and site from the artifacts bucket and runs them as a service without root.
set -euxo pipefail

artifacts_bucket=rollcall-artifacts
host_archive=host/rollcall-host.tar.gz
export AWS_DEFAULT_REGION=us-east-1

install --directory /opt/rollcall /etc/rollcall
aws s3 cp --only-show-errors "s3://$artifacts_bucket/$host_archive" /opt/rollcall/host.tar.gz
tar --extract --gzip --file /opt/rollcall/host.tar.gz --directory /opt/rollcall --no-same-owner
rm /opt/rollcall/host.tar.gz

cat > /etc/rollcall/host.env <<'ENVIRONMENT'
AWS_REGION=us-east-1
EMPLOYEES_TABLE=Employees
PEOPLE_TABLE=rollcall-people
SEARCH_INDEX_TABLE=rollcall-search-index
ARTIFACTS_BUCKET=rollcall-artifacts
PHOTOS_BUCKET=employee-directory-web-app
SITE_DIR=/opt/rollcall/site
LISTEN=0.0.0.0:80
READING=open
ENVIRONMENT

cat > /etc/systemd/system/rollcall-host.service <<'UNIT'
[Unit]
Description=Rollcall employee directory
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=/opt/rollcall/rollcall-host
EnvironmentFile=/etc/rollcall/host.env
Restart=always
DynamicUser=yes
AmbientCapabilities=CAP_NET_BIND_SERVICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
NoNewPrivileges=yes
PrivateDevices=yes
PrivateTmp=yes
ProtectHome=yes
ProtectSystem=strict

[Install]
WantedBy=multi-user.target
UNIT

systemctl daemon-reload
systemctl enable --now rollcall-host.service
