# Ceph's object gateway on one monitor and one store in memory, of Debian's packages; no service manager, nothing outside its directory.
# Sourced by tests/servers.

ceph_tool=$(command -v radosgw || echo radosgw)

ceph_start() { # KIND DIRECTORY
  local dir=$2 monitor gateway store user other password secret
  monitor=$(free_port) gateway=$(free_port)
  store=$(cat /proc/sys/kernel/random/uuid)
  mkdir -p "$dir"/{mon,osd,rgw,run,logs}
  export CEPH_CONF=$dir/ceph.conf
  ceph_configuration "$dir" "$monitor" "$gateway" >"$CEPH_CONF"
  {
    ceph_keys "$dir/keyring"
    monmaptool --create --clobber --fsid "$(ceph-conf --lookup fsid)" --addv a "v1:127.0.0.1:$monitor" "$dir/monmap"
    ceph-mon -i a --mkfs --monmap "$dir/monmap" --keyring "$dir/keyring"
    ceph_daemon "$dir" ceph-mon -i a
    patiently timeout 10 ceph osd new "$store"
    ceph-osd -i 0 --mkfs --osd-uuid "$store"
    ceph_daemon "$dir" ceph-osd -i 0
    patiently eval 'timeout 10 ceph osd stat | grep -q "1 up"'
    user=$(random) password=$(random) other=$(random) secret=$(random)
    # The first user makes the zone, too.
    patiently ceph_user main "$user" "$password"
    patiently ceph_user other "$other" "$secret"
    # Ceph's name for the region; without it no location is taken.
    patiently radosgw-admin -n client.rgw zonegroup modify --rgw-zonegroup default --api-name us-east-1
    ceph_daemon "$dir" radosgw -n client.rgw
  } >>"$dir/log" 2>&1 </dev/null
  answers "$dir" "http://127.0.0.1:$gateway/"
  publish_store "$dir" WANDB_TEST_CEPH "http://127.0.0.1:$gateway" "$user" "$password" us-east-1
  publish_store "$dir" WANDB_TEST_CEPH_OTHER "http://127.0.0.1:$gateway" "$other" "$secret" us-east-1
}

ceph_daemon() { # DIRECTORY COMMAND...: in the foreground of a session of its own, so that its pid is known
  local dir=$1
  shift
  setsid "$@" -f &
  remember "$dir" $!
}

ceph_user() { # NAME KEY SECRET
  radosgw-admin -n client.rgw user create --uid="$1" --display-name="$1" --access-key="$2" --secret-key="$3"
}

ceph_keys() { # KEYRING: one for each daemon; without authentication the first commands race the map of monitors
  ceph-authtool --create-keyring "$1" --gen-key -n mon. --cap mon 'allow *'
  ceph-authtool "$1" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *'
  ceph-authtool "$1" --gen-key -n client.rgw --cap mon 'allow *' --cap osd 'allow *'
  ceph-authtool "$1" --gen-key -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
}

ceph_configuration() { # DIRECTORY MONITOR-PORT GATEWAY-PORT
  cat <<CONF
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon initial members = a
mon host = v1:127.0.0.1:$2
public addr = 127.0.0.1
cluster addr = 127.0.0.1
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
ms bind msgr2 = false
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = false
keyring = $1/keyring
mon allow pool size one = true
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon max pg per osd = 1000
mon data avail warn = 1
mon data avail crit = 1
admin socket = $1/run/\$name.\$pid.asok
pid file = $1/run/\$name.pid
log file = $1/logs/\$name.log
mon cluster log file = $1/logs/cluster.log
crash dir = $1/logs
log to stderr = false

[mon.a]
host = localhost
mon data = $1/mon
mon addr = 127.0.0.1:$2

[osd]
osd data = $1/osd
osd objectstore = memstore
memstore device bytes = 2147483648

[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:$3
rgw data = $1/rgw
rgw dns name = localhost
CONF
}
