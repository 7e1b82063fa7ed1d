package sandbox

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
	"github.com/smallstep/pkcs7"
)

const (
	signatureRoom = 8192          // bytes kept for the CMS object
	offsetRoom    = 9_999_999_999 // a number as wide as any offset that takes its place
)

// pdfSignature is how a PDF is to be signed.
type pdfSignature struct {
	Page         int
	Left, Bottom int // the corners of what is seen of the signature, in points
	Right, Top   int
	Reason       string
	Password     string // needed to open the signed file; empty: nobody needs one
	At           time.Time
}

var errNoSuchPage = errors.New("the document has no such page")

// signPDF puts a visible signature on a page: adbe.pkcs7.detached over the whole file (ISO 32000-1, 12.8), and the
// password before it, so that the signature covers what the reader decrypts.
func (r *signingRing) signPDF(document []byte, s pdfSignature) ([]byte, error) {
	conf := &model.Configuration{
		Reader15: true, ValidationMode: model.ValidationRelaxed, Eol: types.EolLF, Offline: true,
		EncryptUsingAES: true, EncryptKeyLength: 256, Permissions: model.PermissionsAll, Limits: model.DefaultResourceLimits(),
	}
	if s.Password != "" {
		conf.Cmd, conf.UserPW, conf.OwnerPW = model.ENCRYPT, s.Password, s.Password
	}
	pdf, err := api.ReadContext(bytes.NewReader(document), conf)
	if err != nil {
		return nil, fmt.Errorf("read the PDF: %w", err)
	}
	if err := pdf.EnsurePageCount(); err != nil {
		return nil, fmt.Errorf("count the pages: %w", err)
	}
	if s.Page < 1 || s.Page > pdf.PageCount {
		return nil, errNoSuchPage
	}
	if err := r.addSignature(pdf, s); err != nil {
		return nil, fmt.Errorf("prepare the signature: %w", err)
	}
	var out bytes.Buffer
	if err := api.WriteContext(pdf, &out); err != nil {
		return nil, fmt.Errorf("write the PDF: %w", err)
	}
	return r.fillSignature(out.Bytes())
}

// addSignature adds the field with room for what is computed when every byte is known.
func (r *signingRing) addSignature(pdf *model.Context, s pdfSignature) error {
	value, err := pdf.IndRefForNewObject(types.Dict{
		"Type": types.Name("Sig"), "Filter": types.Name("Adobe.PPKLite"), "SubFilter": types.Name("adbe.pkcs7.detached"),
		"ByteRange": types.Array{types.Integer(0), types.Integer(offsetRoom), types.Integer(offsetRoom), types.Integer(offsetRoom)},
		"Contents":  types.NewHexLiteral(make([]byte, signatureRoom)),
		"M":         types.StringLiteral(types.DateString(s.At)),
		"Name":      types.NewHexLiteral([]byte(r.certificate.Subject.CommonName)),
		"Reason":    types.NewHexLiteral([]byte(s.Reason)),
	})
	if err != nil {
		return err
	}
	look, err := signatureLook(pdf, s, "Signed by "+r.certificate.Subject.CommonName)
	if err != nil {
		return err
	}
	page, pageRef, _, err := pdf.PageDict(s.Page, false)
	if err != nil {
		return err
	}
	const printAndLock = 4 + 128
	field, err := pdf.IndRefForNewObject(types.Dict{
		"Type": types.Name("Annot"), "Subtype": types.Name("Widget"), "FT": types.Name("Sig"), "F": types.Integer(printAndLock),
		"T": types.NewHexLiteral([]byte("Signature1")), "P": *pageRef, "V": *value,
		"Rect": types.NewIntegerArray(s.Left, s.Bottom, s.Right, s.Top), "AP": types.Dict{"N": *look},
	})
	if err != nil {
		return err
	}
	annotations, err := pdf.DereferenceArray(page["Annots"])
	if err != nil {
		return err
	}
	page["Annots"] = append(annotations, *field)
	root, err := pdf.Catalog()
	if err != nil {
		return err
	}
	form, err := pdf.DereferenceDict(root["AcroForm"])
	if err != nil {
		return err
	}
	if form == nil {
		form = types.Dict{}
		root["AcroForm"] = form
	}
	fields, err := pdf.DereferenceArray(form["Fields"])
	if err != nil {
		return err
	}
	const signedAndAppendOnly = 1 + 2
	form["Fields"], form["SigFlags"] = append(fields, *field), types.Integer(signedAndAppendOnly)
	return nil
}

// signatureLook is what is seen of the signature: a frame and who signed.
func signatureLook(pdf *model.Context, s pdfSignature, text string) (*types.IndirectRef, error) {
	width, height := s.Right-s.Left, s.Top-s.Bottom
	stream, err := pdf.NewStreamDictForBuf(fmt.Appendf(nil,
		"q 0.5 w 0.4 G 0.5 0.5 %d %d re S Q BT /F1 9 Tf 6 %d Td (%s) Tj ET", width-1, height-1, height-14, text))
	if err != nil {
		return nil, err
	}
	stream.Dict["Type"], stream.Dict["Subtype"] = types.Name("XObject"), types.Name("Form")
	stream.Dict["BBox"] = types.NewIntegerArray(0, 0, width, height)
	stream.Dict["Resources"] = types.Dict{"Font": types.Dict{"F1": types.Dict{
		"Type": types.Name("Font"), "Subtype": types.Name("Type1"), "BaseFont": types.Name("Helvetica"),
	}}}
	if err := stream.Encode(); err != nil {
		return nil, err
	}
	return pdf.IndRefForNewObject(*stream)
}

// fillSignature computes the byte range and the CMS object and puts both where room was kept for them.
func (r *signingRing) fillSignature(pdf []byte) ([]byte, error) {
	room := []byte("<" + hex.EncodeToString(make([]byte, signatureRoom)) + ">")
	from := bytes.Index(pdf, room)
	rangeRoom := fmt.Appendf(nil, "[0 %d %d %d]", offsetRoom, offsetRoom, offsetRoom)
	at := bytes.Index(pdf, rangeRoom)
	if from < 0 || at < 0 {
		return nil, errors.New("the room for the signature is not where it was left")
	}
	to := from + len(room)
	copy(pdf[at:], fmt.Appendf(nil, "%-*s", len(rangeRoom), fmt.Sprintf("[0 %d %d %d]", from, to, len(pdf)-to)))
	signed, err := pkcs7.NewSignedData(append(bytes.Clone(pdf[:from]), pdf[to:]...))
	if err != nil {
		return nil, fmt.Errorf("sign the PDF: %w", err)
	}
	signed.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	if err := signed.AddSigner(r.certificate, r.key, pkcs7.SignerInfoConfig{}); err != nil {
		return nil, fmt.Errorf("sign the PDF: %w", err)
	}
	signed.Detach()
	cms, err := signed.Finish()
	if err != nil {
		return nil, fmt.Errorf("sign the PDF: %w", err)
	}
	if len(cms) > signatureRoom {
		return nil, errors.New("the signature is larger than the room for it")
	}
	hex.Encode(pdf[from+1:], cms)
	return pdf, nil
}
