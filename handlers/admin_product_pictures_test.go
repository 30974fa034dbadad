package handlers_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"dukani/models"
)

// photograph is a JPEG file that says where it was taken.
func photograph(t testing.TB) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 400, 300))
	for i := range m.Pix {
		m.Pix[i] = 255
	}
	m.SetRGBA(3, 3, color.RGBA{200, 0, 0, 255})
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, m, nil))
	exif := append([]byte("\xff\xe1\x00\x20Exif\x00\x00II*\x00\x08\x00\x00\x00"), "41.69N 44.80E\x00\x00\x00"...)
	return append(append(bytes.Clone(b.Bytes()[:2]), exif...), b.Bytes()[2:]...)
}

func TestAnUploadedPictureIsShownEverywhereWithoutItsSecrets(t *testing.T) {
	t.Parallel()
	s := newShop(t, noSecondFactor)
	v := s.staff(models.RoleManager)
	const path = "/admin/products/sulguni/pictures"
	version := fieldsOf(t, v.open("/admin/products/sulguni"), "product-picture-add").Get("version")
	form := url.Values{"version": {version}, "alt_ka": {"ყველი ხის დაფაზე"}, "alt_en": {"Cheese on a board"}}
	for name, test := range map[string]struct {
		file   []byte
		change url.Values
		field  string
	}{
		"no file":        {nil, nil, "file"},
		"not a picture":  {[]byte("<svg onload=alert(1)>"), nil, "file"},
		"half a picture": {photograph(t)[:600], nil, "file"},
		"no description": {photograph(t), url.Values{"alt_en": {""}}, "alt_en"},
	} {
		bad := maps.Clone(form)
		maps.Copy(bad, test.change)
		r := v.upload(path, "../../x.php", test.file, bad)
		if wrong := wrongFields(r.document()); r.StatusCode != http.StatusUnprocessableEntity || !slices.Contains(wrong, test.field) {
			t.Errorf("%s: %d, wrong %v", name, r.StatusCode, wrong)
		}
		if kept := fieldsOf(t, r.document(), "product-picture-add"); kept.Get("alt_ka") != "ყველი ხის დაფაზე" {
			t.Errorf("%s: what was typed is lost", name)
		}
	}
	file := photograph(t)
	if r := v.upload(path, "p.txt", file, form); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d\n%s", r.StatusCode, r.text)
	}
	if r := v.upload(path, "p.jpg", file, form); r.StatusCode != http.StatusConflict {
		t.Errorf("a page that is out of date adds a picture: %d", r.StatusCode)
	}
	// To the front, one place at a time, and the others away.
	for {
		saved := fieldsOf(t, v.open("/admin/products/sulguni"), "pictures-save")
		at := slices.IndexFunc(saved["picture"], func(name string) bool { return strings.HasPrefix(name, "u-") })
		if at < 0 {
			t.Fatalf("pictures %v", saved)
		}
		if at > 0 {
			saved.Set("up", strconv.Itoa(at))
		} else if len(saved["picture"]) > 1 {
			saved.Set("remove", "1")
		} else {
			break
		}
		if r := v.command(path+"/save", saved); r.StatusCode != http.StatusSeeOther {
			t.Fatalf("%d\n%s", r.StatusCode, r.text)
		}
	}
	shopper := s.visitor()
	shopper.add("sulguni", "1")
	for what, at := range map[string]*goquery.Selection{
		"the product's page": s.page("/en/p/sulguni").Find(".picture img"),
		"a card":             s.page("/en/search?q=sulguni").Find("[data-testid=product-card] a[href$='/sulguni']").Closest("article").Find("img"),
		"the cart":           shopper.open("/en/cart").Find("[data-testid=cart-line] img"),
		"the staff's list":   v.open("/admin/products?q=sulguni").Find("tr[data-value=sulguni] img"),
	} {
		address := at.AttrOr("src", "")
		r := s.get(address)
		if !strings.HasPrefix(address, "/pictures/u-") || r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "image/jpeg" ||
			r.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || r.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %q, %d %v", what, address, r.StatusCode, r.Header)
		}
		if strings.Contains(r.text, "Exif") || strings.Contains(r.text, "44.80E") {
			t.Errorf("%s: the picture says where it was taken", what)
		}
	}
	if image := s.page("/en/p/sulguni").Find("meta[property='og:image']").AttrOr("content", ""); !strings.HasPrefix(image, shopURL+"/pictures/u-") {
		t.Errorf("shared with the picture %q", image)
	}
	if r := s.get("/pictures/u-unknown"); r.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown picture: %d", r.StatusCode)
	}
}
