package pictures_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"testing"
	"time"

	"dukani/pictures"
)

// halves is a picture whose upper half is red and whose lower half is blue.
func halves(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		c := color.RGBA{200, 0, 0, 255}
		if y >= h/2 {
			c = color.RGBA{0, 0, 200, 255}
		}
		for x := range w {
			m.SetRGBA(x, y, c)
		}
	}
	return m
}

func jpegOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// secret stands for the place where a photograph was taken.
const secret = "41.6938N 44.8015E"

// withExif puts a block of Exif, with an orientation and a secret, into a JPEG file.
func withExif(file []byte, orientation uint16) []byte {
	tiff := []byte("II*\x00\x08\x00\x00\x00\x02\x00")
	entry := func(tag, kind uint16, count, value uint32) {
		tiff = binary.LittleEndian.AppendUint16(tiff, tag)
		tiff = binary.LittleEndian.AppendUint16(tiff, kind)
		tiff = binary.LittleEndian.AppendUint32(tiff, count)
		tiff = binary.LittleEndian.AppendUint32(tiff, value)
	}
	entry(0x010e, 2, uint32(len(secret)), 38)
	entry(0x0112, 3, 1, uint32(orientation))
	tiff = append(append(tiff, 0, 0, 0, 0), secret...)
	segment := append([]byte("Exif\x00\x00"), tiff...)
	out := append(bytes.Clone(file[:2]), 0xff, 0xe1)
	out = binary.BigEndian.AppendUint16(out, uint16(len(segment)+2))
	return append(append(out, segment...), file[2:]...)
}

func TestAPictureIsMadeSmallerAndEncodedAgain(t *testing.T) {
	t.Parallel()
	glass := halves(600, 600)
	glass.SetRGBA(5, 5, color.RGBA{})
	for x := range 100 {
		for y := range 100 {
			glass.SetRGBA(x, y, color.RGBA{})
		}
	}
	webp, err := os.ReadFile("../static/pictures/products/apple.webp")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		file             []byte
		kind             string
		w, h, small, sml int
	}{
		"JPEG":                     {jpegOf(t, halves(1200, 800)), "image/jpeg", 512, 341, 320, 213},
		"PNG":                      {pngOf(t, halves(800, 1600)), "image/jpeg", 256, 512, 160, 320},
		"PNG that is see-through":  {pngOf(t, glass), "image/png", 512, 512, 320, 320},
		"WebP that is see-through": {webp, "image/png", 256, 256, 256, 256},
		"small enough":             {jpegOf(t, halves(200, 300)), "image/jpeg", 200, 300, 200, 300},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := pictures.Read(test.file)
			if err != nil {
				t.Fatal(err)
			}
			if p.ContentType != test.kind || p.Width != test.w || p.Height != test.h {
				t.Errorf("%s %dx%d, want %s %dx%d", p.ContentType, p.Width, p.Height, test.kind, test.w, test.h)
			}
			for _, size := range []struct {
				content []byte
				w, h    int
			}{{p.Large, test.w, test.h}, {p.Small, test.small, test.sml}} {
				m, format, err := image.Decode(bytes.NewReader(size.content))
				if err != nil || "image/"+format != test.kind || m.Bounds().Dx() != size.w || m.Bounds().Dy() != size.h {
					t.Errorf("%v %s %v, want %s %dx%d", err, format, m.Bounds(), test.kind, size.w, size.h)
				}
			}
			again, err := pictures.Read(test.file)
			if err != nil || again.Name != p.Name || len(p.Name) != 32 {
				t.Errorf("the same file is called %q and %q (%v)", p.Name, again.Name, err)
			}
		})
	}
}

// What a camera writes beside the pixels is gone, after the picture was turned as it says.
func TestExifIsObeyedAndDropped(t *testing.T) {
	t.Parallel()
	plain := jpegOf(t, halves(400, 300))
	for orientation, test := range map[uint16]struct {
		w, h  int
		redAt image.Point
	}{
		1: {400, 300, image.Pt(200, 20)}, 2: {400, 300, image.Pt(200, 20)}, 3: {400, 300, image.Pt(200, 280)}, 4: {400, 300, image.Pt(200, 280)},
		5: {300, 400, image.Pt(20, 200)}, 6: {300, 400, image.Pt(280, 200)}, 7: {300, 400, image.Pt(280, 200)}, 8: {300, 400, image.Pt(20, 200)},
		0: {400, 300, image.Pt(200, 20)}, 9: {400, 300, image.Pt(200, 20)},
	} {
		file := withExif(plain, orientation)
		if !bytes.Contains(file, []byte(secret)) {
			t.Fatal("the file has no secret")
		}
		p, err := pictures.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, content := range [][]byte{p.Large, p.Small} {
			if bytes.Contains(content, []byte(secret)) || bytes.Contains(content, []byte("Exif")) {
				t.Errorf("orientation %d: the picture still says where it was taken", orientation)
			}
		}
		m, _, err := image.Decode(bytes.NewReader(p.Large))
		if err != nil {
			t.Fatal(err)
		}
		r, _, b, _ := m.At(test.redAt.X, test.redAt.Y).RGBA()
		if p.Width != test.w || p.Height != test.h || r < b {
			t.Errorf("orientation %d: %dx%d, red %d and blue %d at %v; want %dx%d and red", orientation, p.Width, p.Height, r, b, test.redAt, test.w, test.h)
		}
	}
}

// bomb is a PNG file of a few bytes that says it is a great many pixels.
func bomb(w, h uint32) []byte {
	head := binary.BigEndian.AppendUint32([]byte("IHDR"), w)
	head = append(binary.BigEndian.AppendUint32(head, h), 8, 2, 0, 0, 0)
	file := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), head...)
	return binary.BigEndian.AppendUint32(file, crc32.ChecksumIEEE(head))
}

func TestWhatIsNoPictureIsRefusedQuickly(t *testing.T) {
	t.Parallel()
	good := jpegOf(t, halves(400, 300))
	for name, test := range map[string]struct {
		file []byte
		want error
	}{
		"nothing":               {nil, pictures.ErrFormat},
		"a page":                {[]byte("<html><script>alert(1)</script>"), pictures.ErrFormat},
		"a drawing":             {[]byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), pictures.ErrFormat},
		"a GIF":                 {[]byte("GIF89a\x01\x00\x01\x00"), pictures.ErrFormat},
		"half a JPEG":           {good[:len(good)/2], pictures.ErrBroken},
		"the beginning alone":   {[]byte("\xff\xd8\xff\xe0"), pictures.ErrBroken},
		"a bomb of pixels":      {bomb(60_000, 60_000), pictures.ErrPixels},
		"a bomb that overflows": {bomb(0x7fffffff, 0x7fffffff), pictures.ErrBroken},
		"a long thin bomb":      {bomb(2_000_000, 200), pictures.ErrPixels},
		"a bomb of scans":       {append(bytes.Clone(good), bytes.Repeat([]byte("\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"), 1000)...), pictures.ErrBroken},
		"too small":             {pngOf(t, halves(100, 100)), pictures.ErrSmall},
		"too many bytes":        {append(bytes.Clone(good), make([]byte, pictures.MaxBytes)...), pictures.ErrBytes},
	} {
		start := time.Now()
		if p, err := pictures.Read(test.file); !errors.Is(err, test.want) || p != nil {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

func FuzzPicture(f *testing.F) {
	f.Add(withExif(jpegOf(f, halves(200, 160)), 6))
	f.Add(pngOf(f, halves(160, 160)))
	f.Add(bomb(60_000, 60_000))
	f.Add([]byte("RIFF\x00\x00\x00\x00WEBPVP8 "))
	f.Fuzz(func(t *testing.T, file []byte) {
		p, err := pictures.Read(file)
		if err != nil {
			return
		}
		for _, content := range [][]byte{p.Large, p.Small} {
			if m, _, err := image.Decode(bytes.NewReader(content)); err != nil || max(m.Bounds().Dx(), m.Bounds().Dy()) > pictures.LargeSide {
				t.Errorf("made %v (%v)", m, err)
			}
		}
	})
}
