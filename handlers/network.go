package handlers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/netip"

	"github.com/gofiber/fiber/v2"
)

// network is where a request comes from, as the limits count: one household or
// office has many addresses of IPv6, all within a /64.
func network(c *fiber.Ctx) string {
	ip, err := netip.ParseAddr(c.IP())
	if err != nil {
		return c.IP()
	}
	if ip = ip.Unmap(); ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}

// networkHash is network as it is stored with an order: equal for equal addresses, and
// of no use to whoever reads the database.
func (a *app) networkHash(c *fiber.Ctx) string {
	mac := hmac.New(sha256.New, []byte(a.Secret))
	mac.Write([]byte("network " + network(c)))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}
