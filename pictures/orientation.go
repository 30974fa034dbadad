package pictures

import (
	"bytes"
	"encoding/binary"
	"image"
)

// orientation returns how a camera was held, 1 to 8 as Exif has it; 1, upright, if the file
// does not say so. Only in JPEG files cameras do.
func orientation(file []byte) int {
	for at := 2; at+4 <= len(file) && file[at] == 0xff; {
		marker, size := file[at+1], int(binary.BigEndian.Uint16(file[at+2:]))
		segment := file[at+4:]
		if size < 2 || size-2 > len(segment) || marker == 0xda { // the pixels begin
			return 1
		}
		segment = segment[:size-2]
		if exif, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); ok && marker == 0xe1 {
			return tiffOrientation(exif)
		}
		at += 2 + size
	}
	return 1
}

// tiffOrientation looks for the orientation in the first directory of a TIFF block.
func tiffOrientation(block []byte) int {
	if len(block) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if block[0] == 'I' {
		order = binary.LittleEndian
	}
	from := order.Uint32(block[4:])
	if uint64(from)+2 > uint64(len(block)) {
		return 1
	}
	directory := block[from:]
	const entry, tag = 12, 0x0112
	for n, at := int(order.Uint16(directory)), 2; n > 0 && at+entry <= len(directory); n, at = n-1, at+entry {
		if order.Uint16(directory[at:]) == tag {
			if value := int(order.Uint16(directory[at+8:])); 1 <= value && value <= 8 {
				return value
			}
			return 1
		}
	}
	return 1
}

// turned puts a picture upright.
func turned(from *image.RGBA, orientation int) *image.RGBA {
	if orientation == 1 {
		return from
	}
	w, h := from.Rect.Dx(), from.Rect.Dy()
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	if orientation >= 5 { // it lies on its side
		to = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			var tx, ty int
			switch orientation {
			case 2:
				tx, ty = w-1-x, y
			case 3:
				tx, ty = w-1-x, h-1-y
			case 4:
				tx, ty = x, h-1-y
			case 5:
				tx, ty = y, x
			case 6:
				tx, ty = h-1-y, x
			case 7:
				tx, ty = h-1-y, w-1-x
			case 8:
				tx, ty = y, w-1-x
			}
			to.SetRGBA(tx, ty, from.RGBAAt(x, y))
		}
	}
	return to
}
