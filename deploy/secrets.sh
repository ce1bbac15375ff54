#!/bin/sh
# Makes what must be secret, with openssl alone: a certificate authority, a certificate for each hub's servers, a password or token for every
# /run/secrets/… that the settings in hubs/ name, and the password files of Mosquitto and Redis.
# usage: deploy/secrets.sh [FOLDER]        FOLDER: deploy/secrets, left out. What is there already is kept: to renew one, remove it and run this again.
# Run it as root and every file belongs to the account that reads it in its container, and to nobody else. Otherwise the folder itself is closed to others.
set -eu
umask 077
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/secrets}
days=800
mkdir -p "$out"
chmod 700 "$out"

authority() {
  [ -f "$out/ca.pem" ] && return
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 3650 -subj "/CN=regionbus authority" \
    -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout "$out/ca.key" -out "$out/ca.pem" 2>/dev/null
}

certificate() { # of one server of a hub: bus or ledger
  file=$out/$1/$2
  [ -f "$file.pem" ] && return
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -subj "/CN=$1-$2" -keyout "$file.key" -out "$file.csr" 2>/dev/null
  printf 'subjectAltName=DNS:%s,DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' "$1-$2" >"$file.ext"
  openssl x509 -req -in "$file.csr" -CA "$out/ca.pem" -CAkey "$out/ca.key" -days "$days" -extfile "$file.ext" -out "$file.pem" 2>/dev/null
  rm "$file.csr" "$file.ext"
}

passwords() { # every one that the settings of a hub name
  for name in $(grep -o '/run/secrets/[a-z0-9-]*' "$here/hubs/$1.toml" | sed 's|.*/||' | sort -u); do
    [ "$name" = ca ] || [ -f "$out/$1/$name" ] || openssl rand -hex 32 >"$out/$1/$name"
  done
  cp -f "$out/ca.pem" "$out/$1/ca"
}

hashed() { # the password in a file, as Mosquitto keeps it: PBKDF2 with SHA-512
  salt=$(openssl rand -base64 12)
  hex=$(echo "$salt" | openssl base64 -d | od -An -v -tx1 | tr -d ' \n')
  hash=$(openssl kdf -binary -keylen 64 -kdfopt digest:SHA512 -kdfopt "pass:$(cat "$1")" -kdfopt "hexsalt:$hex" -kdfopt iter:1000 PBKDF2 | openssl base64 -A)
  printf '$7$1000$%s$%s' "$salt" "$hash"
}

accounts() { # those of the hub's access list: the hub's own share one password, those of each neighbour another
  rm -f "$out/$1/passwd" "$out/$1/ledger.acl"
  users=$(sed -n 's/^user //p' "$here/mosquitto/acl/$1.acl")
  own=$(hashed "$out/$1/bus")
  echo "$users" | grep "^$1-" | grep -v -e "-from-$1-" | sed "s|\$|:$own|" >"$out/$1/passwd"
  for peer in $hubs; do
    [ -f "$out/$peer/$1" ] || continue
    theirs=$(hashed "$out/$peer/$1")
    echo "$users" | grep "^$peer-.*-from-$1-" | sed "s|\$|:$theirs|" >>"$out/$1/passwd"
  done
  digest=$(printf '%s' "$(cat "$out/$1/ledger")" | openssl dgst -sha256 -r | cut -d' ' -f1)
  echo "user default on sanitize-payload #$digest ~* &* +@all" >"$out/$1/ledger.acl"
}

owners() { # the numbers of the accounts in the images of regionbus, Mosquitto and Redis
  if [ "$(id -u)" = 0 ]; then
    chmod 711 "$out" "$out/$1"
    chmod 400 "$out/$1"/*
    chown 10001:10001 "$out/$1"/*
    chown 1883:1883 "$out/$1/passwd" "$out/$1"/bus.*
    chown 999:999 "$out/$1"/ledger.*
    chmod 444 "$out/$1/ca"
  else
    chmod 755 "$out/$1"
    chmod 444 "$out/$1"/*
  fi
}

authority
hubs=$(cd "$here/hubs" && ls -- *.toml | sed 's/\.toml$//')
for hub in $hubs; do
  mkdir -p "$out/$hub"
  certificate "$hub" bus
  certificate "$hub" ledger
  passwords "$hub"
done
for hub in $hubs; do
  accounts "$hub"
  owners "$hub"
done
echo "$out: certificates for $days days, passwords and tokens for $(echo $hubs)"
