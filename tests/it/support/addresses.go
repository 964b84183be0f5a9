// Reads an address a line as W&B's server, a program in Go, does, and writes what it is made of, in JSON.
package main

import (
	"bufio"
	"encoding/json"
	"net/url"
	"os"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		address, err := url.Parse(lines.Text())
		if err != nil {
			out.Encode(map[string]string{"error": err.Error()})
			continue
		}
		query, err := url.ParseQuery(address.RawQuery)
		if err != nil {
			out.Encode(map[string]string{"error": err.Error()})
			continue
		}
		parts := map[string]string{
			"scheme": address.Scheme,
			"host":   address.Host,
			"path":   address.Path,
		}
		if password, given := address.User.Password(); given {
			parts["access_key"] = address.User.Username()
			parts["secret_key"] = password
		}
		for name := range query {
			parts[name] = query.Get(name)
		}
		out.Encode(parts)
	}
}
