package views

import "strings"

// UploadedPictures is where pictures that staff have uploaded are served, by their names.
const UploadedPictures = "/pictures/"

// uploaded is the beginning of their names; the others are part of the program.
const uploaded = "u-"

// UploadedName is the name of an uploaded picture with the given hash.
func UploadedName(hash string) string { return uploaded + hash }

// SmallSuffix comes after the name of an uploaded picture in the address of the small one.
const SmallSuffix = "-small"

// SmallPicture returns the address of a product's picture as cards and lines show it.
func SmallPicture(assetURL func(string) string, name string) string {
	return pictureURL(assetURL, name, SmallSuffix, "-160")
}

// LargePicture returns the address of a product's picture as its page shows it.
func LargePicture(assetURL func(string) string, name string) string {
	return pictureURL(assetURL, name, "", "")
}

func pictureURL(assetURL func(string) string, name, ofUploaded, ofOwn string) string {
	switch {
	case name == "":
		return assetURL("pictures/none.svg")
	case strings.HasPrefix(name, uploaded):
		return UploadedPictures + name + ofUploaded
	}
	return assetURL("pictures/products/" + name + ofOwn + ".webp")
}
