package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// isMailServer reports whether u names a host and perhaps a port and who signs in, and
// nothing that would be passed over.
func isMailServer(u *url.URL) bool {
	port, err := strconv.ParseUint(cmp.Or(u.Port(), "587"), 10, 16)
	return err == nil && port > 0 && u.Hostname() != "" && strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == ""
}

// origin returns address as browsers write an origin: scheme, host and, where it
// is not the scheme's own, port. Whatever else an address can have is an error,
// because links that are made by adding a path to it would lead elsewhere.
func origin(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the address, which may hold a password
		}
		return "", err
	}
	more := ""
	switch {
	case u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Opaque != "":
		return "", errors.New("need an origin such as https://shop.example")
	case u.User != nil:
		more = "user"
	case u.Path != "" && u.Path != "/":
		more = "path"
	case u.RawQuery != "" || u.ForceQuery:
		more = "query"
	case strings.Contains(address, "#"):
		more = "fragment"
	}
	if more != "" {
		return "", fmt.Errorf("need an origin only, such as https://shop.example, without a %s", more)
	}
	host, err := hostName(u.Hostname())
	if err != nil {
		return "", err
	}
	switch port, err := strconv.ParseUint(u.Port(), 10, 16); {
	case u.Port() == "" && !strings.HasSuffix(u.Host, ":"), u.Scheme == "https" && port == 443, u.Scheme == "http" && port == 80:
	case err != nil || port == 0:
		return "", fmt.Errorf("%q is not a port", u.Port())
	default:
		host += ":" + strconv.FormatUint(port, 10)
	}
	return u.Scheme + "://" + host, nil
}

// hostName returns a host as it stands in an origin: lower case, and in ASCII.
func hostName(name string) (string, error) {
	if ip, err := netip.ParseAddr(name); err == nil {
		if ip.Zone() != "" {
			return "", fmt.Errorf("%q is an address of one network card", name)
		}
		if ip.Is6() {
			return "[" + ip.String() + "]", nil
		}
		return ip.String(), nil
	}
	host, err := idna.Lookup.ToASCII(strings.TrimSuffix(name, "."))
	if err != nil || !hostLabels.MatchString(host) || len(host) > 253 || shortIP.MatchString(host) {
		return "", fmt.Errorf("%q is not the name of a host", name)
	}
	return host, nil
}

var (
	hostLabels = regexp.MustCompile(`^[^.]{1,63}(\.[^.]{1,63})*$`)
	// shortIP matches what browsers take for an IP address written in another way.
	shortIP = regexp.MustCompile(`(?i)(^|\.)(\d+|0x[0-9a-f]*)$`)
)

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// reachableFromOutside reports whether the bank could call a host of that name.
func reachableFromOutside(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().IsGlobalUnicast() && !ip.Unmap().IsPrivate()
	}
	return strings.Contains(host, ".") && !strings.HasSuffix(host, ".localhost") && !strings.HasSuffix(host, ".local")
}

func redactURL(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return "…"
	}
	return u.Redacted()
}
