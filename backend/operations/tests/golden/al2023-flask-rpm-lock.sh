#!/bin/bash -ex
wget https://aws-tc-largeobjects.s3-us-west-2.amazonaws.com/DEV-AWS-MO-GCNv2/FlaskApp.zip
unzip FlaskApp.zip
cd FlaskApp/
# shellcheck disable=SC2005,SC2046 # The command of the original script, kept as it is.
echo $(pwd)
dnf -y update
dnf -y install python3-pip
pip install -r requirements.txt
sudo dnf upgrade --refresh rpm glibc
sudo rm /var/lib/rpm/.rpm.lock
dnf -y install stress
export PHOTOS_BUCKET=employee-directory-web-app
export AWS_DEFAULT_REGION=us-east-1
export DYNAMO_MODE=on
FLASK_APP=application.py /usr/local/bin/flask run --host=0.0.0.0 --port=80
