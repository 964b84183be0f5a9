# MinIO in its kinds: plain (also: demo, bench), kms (with keys), region (a site region), tls (a certificate of its own), cors (browsers of one
# origin). Sourced by tests/servers.

minio_tool=$PWD/.cache/bin/minio

certificate() { # DIRECTORY: an authority, and a certificate for 127.0.0.1 signed by it
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj '/CN=Test authority' \
    -keyout "$1/ca.key" -out "$1/ca.pem" 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=127.0.0.1' \
    -keyout "$1/private.key" -out "$1/request.pem" 2>/dev/null
  openssl x509 -req -in "$1/request.pem" -CA "$1/ca.pem" -CAkey "$1/ca.key" -CAcreateserial -days 30 \
    -extfile <(echo 'subjectAltName=IP:127.0.0.1') -out "$1/public.crt" 2>/dev/null
  mkdir -p "$1/CAs"
  rm "$1/request.pem"
}

minio_start() { # KIND DIRECTORY
  local kind=$1 dir=$2 scheme=http region=us-east-1 port user password name=WANDB_TEST_MINIO_${1^^}
  local arguments=() settings=()
  mkdir -p "$dir/data" "$dir/certs"
  port=$(free_port) user=$(random) password=$(random)
  case $kind in
    kms) settings=("MINIO_KMS_SECRET_KEY=my-key:$(head -c 32 /dev/urandom | base64 -w0)") ;;
    region) region=eu-west-1 settings=("MINIO_SITE_REGION=$region") ;;
    cors) settings=('MINIO_API_CORS_ALLOW_ORIGIN=https://elsewhere.example') ;;
    tls)
      command -v openssl >/dev/null || { echo 'Missing: openssl. On Debian: apt-get install openssl.' >&2; exit 1; }
      certificate "$dir/certs"
      scheme=https arguments=(--certs-dir "$dir/certs")
      ;;
  esac
  env -i PATH="$PATH" HOME="$dir" MINIO_ROOT_USER="$user" MINIO_ROOT_PASSWORD="$password" MINIO_CI_CD=1 MINIO_BROWSER=off \
    MINIO_UPDATE=off "${settings[@]}" setsid "$minio_tool" server --quiet --address "127.0.0.1:$port" "${arguments[@]}" "$dir/data" \
    >"$dir/log" 2>&1 </dev/null &
  remember "$dir" $!
  answers "$dir" "$scheme://127.0.0.1:$port/minio/health/live"
  publish_store "$dir" "$name" "$scheme://127.0.0.1:$port" "$user" "$password" "$region"
  [ "$kind" != tls ] || echo "${name}_CA=$dir/certs/ca.pem" >>"$dir/env"
}
