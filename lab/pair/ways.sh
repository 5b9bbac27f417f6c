# shellcheck shell=bash
# The ways from rollcall to Traefik of lab/pair.sh. by WAY MACHINE: the machine's files of deploy/ha, changed for another way than the HTTP provider.
by() {
  local etc=$dir/$2/etc/upper provider output
  case $1 in
    http) return ;;
    follow)
      sed -i 's/127.0.0.1:7070/127.0.0.1:7170/' "$etc/traefik/traefik.yml"
      put "$LAB/pair/follow.yaml" "$2" /etc/rollcall/follow.yaml
      install -m 600 /dev/stdin "$etc/rollcall/token" <<<token-of-the-lab-of-the-pair
      echo 'provider: { listen: "0.0.0.0:7070", hosts: [192.0.2.11, 192.0.2.12], token: token }' >>"$etc/rollcall/rollcall.yaml"
      return ;;
    etcd)
      provider='etcd: { endpoints: [192.0.2.61:2379, 192.0.2.62:2379, 192.0.2.63:2379], rootKey: traefik }'
      output='etcd: [http://192.0.2.61:2379, http://192.0.2.62:2379, http://192.0.2.63:2379]' ;;
    redis)
      provider='redis: { endpoints: [192.0.2.70:6379], rootKey: traefik }'
      output='redis: redis://192.0.2.70:6379' ;;
  esac
  sed -i "/^  http:/,/pollInterval/c\\  $provider" "$etc/traefik/traefik.yml"
  echo "outputs: [{ $output, prefix: traefik }]" >>"$etc/rollcall/rollcall.yaml"
}
