// Bouncy Castle's S/MIME on Jakarta Mail, what OpenAS2, phase2 and mendelson stand on, as an AS2 end.
// A request is one line of `name=base64` items, so is the answer.

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.mail.internet.MimeBodyPart;
import javax.mail.internet.MimeMultipart;
import javax.mail.util.ByteArrayDataSource;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cms.CMSAlgorithm;
import org.bouncycastle.cms.CMSAuthEnvelopedData;
import org.bouncycastle.cms.CMSAuthEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.RecipientInformation;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.cms.jcajce.JceCMSContentEncryptorBuilder;
import org.bouncycastle.cms.jcajce.JceKeyTransEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransAuthEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientId;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.ZlibCompressor;
import org.bouncycastle.cms.jcajce.ZlibExpanderProvider;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.mail.smime.SMIMECompressed;
import org.bouncycastle.mail.smime.SMIMECompressedGenerator;
import org.bouncycastle.mail.smime.SMIMEEnveloped;
import org.bouncycastle.mail.smime.SMIMEEnvelopedGenerator;
import org.bouncycastle.mail.smime.SMIMESigned;
import org.bouncycastle.mail.smime.SMIMESignedGenerator;
import org.bouncycastle.mail.smime.SMIMEUtil;
import org.bouncycastle.operator.OutputAEADEncryptor;
import org.bouncycastle.operator.jcajce.JcaAlgorithmParametersConverter;

public class BouncyCastlePeer {
    private static final Map<String, ASN1ObjectIdentifier> CIPHERS = Map.of(
            "aes128_cbc", CMSAlgorithm.AES128_CBC, "aes192_cbc", CMSAlgorithm.AES192_CBC, "aes256_cbc", CMSAlgorithm.AES256_CBC,
            "aes128_gcm", CMSAlgorithm.AES128_GCM, "aes256_gcm", CMSAlgorithm.AES256_GCM, "3des_cbc", CMSAlgorithm.DES_EDE3_CBC);
    private static final Map<String, String> OAEP = Map.of("oaep_sha1", "SHA-1", "oaep_sha256", "SHA-256", "oaep_sha512", "SHA-512");
    private static Map<String, String> keys;
    private static int count;

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            Map<String, String> request = new HashMap<>();
            List<String[]> headers = new ArrayList<>();
            for (String item : line.trim().split(" ")) {
                int equals = item.indexOf('=');
                String value = new String(Base64.getDecoder().decode(item.substring(equals + 1)), StandardCharsets.ISO_8859_1);
                if (item.startsWith("headers=")) {
                    headers.add(new String[] {value.substring(0, value.indexOf(':')), value.substring(value.indexOf(':') + 1).trim()});
                } else {
                    request.put(item.substring(0, equals), value);
                }
            }
            Answer answer = new Answer();
            try {
                switch (request.get("do")) {
                    case "keys":
                        keys = request;
                        answer.put("version", "Bouncy Castle " + new BouncyCastleProvider().getVersionStr());
                        break;
                    case "seal":
                        seal(request, answer);
                        break;
                    case "receive":
                        receive(request, headers, answer);
                        break;
                    default:
                        judge(request, headers, answer);
                }
            } catch (Exception fault) {
                answer = new Answer();
                answer.put("seal".equals(request.get("do")) || "keys".equals(request.get("do")) ? "error" : "fault", fault.toString());
            }
            System.out.println("{" + answer);
            System.out.flush();
        }
    }

    private static class Answer {
        private final StringBuilder text = new StringBuilder();

        void put(String name, String value) {
            put(name, value.getBytes(StandardCharsets.ISO_8859_1));
        }

        void put(String name, byte[] value) {
            text.append(' ').append(name).append('=').append(Base64.getEncoder().encodeToString(value));
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }

    // --- out

    private static void seal(Map<String, String> cell, Answer answer) throws Exception {
        String type = cell.get("payload_kind").equals("binary") ? "application/octet-stream" : "application/edi-x12";
        byte[] payload = bytes(cell.get("payload"));
        String encoding = cell.get("encoding");
        MimeBodyPart part = new MimeBodyPart();
        part.setDataHandler(new javax.activation.DataHandler(new ByteArrayDataSource(payload, type)));
        part.setHeader("Content-Type", type);
        part.setHeader("Content-Transfer-Encoding", encoding);
        part.setFileName("order.edi");
        boolean bare = is(cell, "sign", "none") && is(cell, "encrypt", "none") && is(cell, "compress", "none");
        byte[] covered = bare ? payload : written(part);
        if (is(cell, "compress", "before")) {
            part = compressed(part, encoding);
        }
        if (!is(cell, "sign", "none")) {
            covered = written(part);
            part = signed(part, cell, encoding);
        }
        if (is(cell, "compress", "after")) {
            part = compressed(part, encoding);
        }
        if (!is(cell, "encrypt", "none")) {
            part = encrypted(part, cell, encoding);
        }
        String digest = digest(cell);
        String id = "<" + (++count) + "@bouncycastle.example>";
        head(answer, keys.get("own_name"), keys.get("other_name"), id);
        if (!is(cell, "mdn", "none")) {
            header(answer, "Disposition-Notification-To", "edi@bouncycastle.example");
        }
        if (wantsSigned(cell)) {
            header(answer, "Disposition-Notification-Options",
                    "signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, " + digest);
        }
        if (is(cell, "mdn", "async")) {
            header(answer, "Receipt-Delivery-Option", cell.get("mdn_url"));
        }
        body(part, answer);
        answer.put("message_id", id);
        answer.put("mic", mic(covered, digest));
    }

    private static MimeBodyPart compressed(MimeBodyPart part, String encoding) throws Exception {
        SMIMECompressedGenerator generator = new SMIMECompressedGenerator();
        generator.setContentTransferEncoding(encoding);
        return generator.generate(part, new ZlibCompressor());
    }

    private static MimeBodyPart signed(MimeBodyPart part, Map<String, String> cell, String encoding) throws Exception {
        boolean ec = is(cell, "sign", "ecdsa");
        String algorithm = digest(cell).toUpperCase(Locale.ROOT) + "with" + (ec ? "ECDSA" : "RSA");
        if (is(cell, "sign", "pss")) {
            algorithm = "SHA256WITHRSAANDMGF1";
        }
        X509Certificate certificate = certificate(keys.get(ec ? "own_ec_certificate" : "own_certificate"));
        PrivateKey key = key(keys.get(ec ? "own_ec_key" : "own_key"), ec ? "EC" : "RSA");
        SMIMESignedGenerator generator = new SMIMESignedGenerator("binary", SMIMESignedGenerator.RFC5751_MICALGS);
        generator.setContentTransferEncoding(encoding);
        generator.addSignerInfoGenerator(new JcaSimpleSignerInfoGeneratorBuilder().setProvider("BC").build(algorithm, key, certificate));
        generator.addCertificates(new org.bouncycastle.cert.jcajce.JcaCertStore(List.of(certificate)));
        MimeBodyPart made = new MimeBodyPart();
        MimeMultipart multipart = generator.generate(part);
        made.setContent(multipart);
        made.setHeader("Content-Type", multipart.getContentType());
        return made;
    }

    private static MimeBodyPart encrypted(MimeBodyPart part, Map<String, String> cell, String encoding) throws Exception {
        X509Certificate certificate = certificate(keys.get("other_certificate"));
        JceKeyTransRecipientInfoGenerator recipient = new JceKeyTransRecipientInfoGenerator(certificate);
        String oaep = OAEP.get(cell.get("transport"));
        if (oaep != null) {
            OAEPParameterSpec parameters = new OAEPParameterSpec(oaep, "MGF1", new MGF1ParameterSpec(oaep), PSource.PSpecified.DEFAULT);
            AlgorithmIdentifier identifier = new JcaAlgorithmParametersConverter()
                    .getAlgorithmIdentifier(org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers.id_RSAES_OAEP, parameters);
            recipient = new JceKeyTransRecipientInfoGenerator(certificate, identifier);
        }
        recipient.setProvider("BC");
        var encryptor = new JceCMSContentEncryptorBuilder(CIPHERS.get(cell.get("encrypt"))).setProvider("BC").build();
        if (cell.get("encrypt").endsWith("gcm")) {
            CMSAuthEnvelopedDataGenerator generator = new CMSAuthEnvelopedDataGenerator();
            generator.addRecipientInfoGenerator(recipient);
            if (cell.containsKey("attribute")) { // authenticated, so it is GCM's additional data
                var value = new org.bouncycastle.asn1.DERUTF8String(cell.get("attribute"));
                var attribute = new org.bouncycastle.asn1.cms.Attribute(
                        new ASN1ObjectIdentifier("1.3.6.1.4.1.55555.1"), new org.bouncycastle.asn1.DERSet(value));
                var table = new org.bouncycastle.asn1.cms.AttributeTable(attribute);
                generator.setAuthenticatedAttributeGenerator(new org.bouncycastle.cms.SimpleAttributeTableGenerator(table));
            }
            byte[] message = generator.generate(new CMSProcessableByteArray(written(part)), (OutputAEADEncryptor) encryptor).getEncoded();
            MimeBodyPart made = new MimeBodyPart();
            String type = "application/pkcs7-mime; name=smime.p7m; smime-type=authEnveloped-data";
            made.setDataHandler(new javax.activation.DataHandler(new ByteArrayDataSource(message, type)));
            made.setHeader("Content-Type", type);
            made.setHeader("Content-Transfer-Encoding", encoding);
            return made;
        }
        SMIMEEnvelopedGenerator generator = new SMIMEEnvelopedGenerator();
        generator.setContentTransferEncoding(encoding);
        generator.addRecipientInfoGenerator(recipient);
        return generator.generate(part, encryptor);
    }

    // --- in

    private static void receive(Map<String, String> cell, List<String[]> headers, Answer answer) throws Exception {
        byte[] content = bytes(cell.get("body"));
        ByteArrayOutputStream raw = new ByteArrayOutputStream();
        boolean encoded = false;
        for (String[] header : headers) {
            if (header[0].toLowerCase(Locale.ROOT).startsWith("content-")) {
                raw.write((header[0] + ": " + header[1] + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
                encoded |= header[0].equalsIgnoreCase("Content-Transfer-Encoding");
            }
        }
        if (!encoded) {
            raw.write("Content-Transfer-Encoding: binary\r\n".getBytes(StandardCharsets.ISO_8859_1));
        }
        raw.write("\r\n".getBytes(StandardCharsets.ISO_8859_1));
        raw.write(content);
        MimeBodyPart part = new MimeBodyPart(new ByteArrayInputStream(raw.toByteArray()));
        byte[] covered = null;
        boolean signed = false;
        boolean outermost = true;
        for (int layer = 0; layer < 6; layer++) {
            String type = part.getContentType().toLowerCase(Locale.ROOT);
            byte[] opened;
            if (type.startsWith("multipart/signed")) {
                part = verified(part, cell);
                covered = written(part);
                signed = true;
            } else if (type.startsWith("application/pkcs7-mime") || type.startsWith("application/x-pkcs7-mime")) {
                if (type.contains("compressed-data")) {
                    opened = new SMIMECompressed(part).getContent(new ZlibExpanderProvider());
                } else {
                    opened = decrypted(part, type.contains("authenveloped-data"));
                }
                part = SMIMEUtil.toMimeBodyPart(opened);
                covered = signed ? covered : opened;
            } else {
                break;
            }
            outermost = false;
        }
        byte[] payload = part.getInputStream().readAllBytes();
        String mic = mic(outermost ? payload : covered, digest(cell));
        answer.put("fault", "");
        answer.put("payload", payload);
        answer.put("mic", mic);
        if (!is(cell, "mdn", "none")) {
            receipt(cell, headers, mic, answer);
        }
    }

    private static MimeBodyPart verified(MimeBodyPart part, Map<String, String> cell) throws Exception {
        MimeMultipart multipart = new MimeMultipart(new ByteArrayDataSource(part.getRawInputStream(), part.getContentType()));
        SMIMESigned signed = new SMIMESigned(multipart, "binary");
        X509Certificate certificate = certificate(keys.get(is(cell, "sign", "ecdsa") ? "other_ec_certificate" : "other_certificate"));
        int signers = 0;
        for (SignerInformation signer : signed.getSignerInfos().getSigners()) {
            if (!signer.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(certificate))) {
                throw new IllegalStateException("the signature does not verify");
            }
            signers++;
        }
        if (signers == 0) {
            throw new IllegalStateException("nobody signed");
        }
        return signed.getContent();
    }

    private static byte[] decrypted(MimeBodyPart part, boolean authenticated) throws Exception {
        PrivateKey key = key(keys.get("own_key"), "RSA");
        JceKeyTransRecipientId id = new JceKeyTransRecipientId(certificate(keys.get("own_certificate")));
        RecipientInformation recipient = authenticated
                ? new CMSAuthEnvelopedData(part.getInputStream()).getRecipientInfos().get(id)
                : new SMIMEEnveloped(part).getRecipientInfos().get(id);
        return recipient.getContent(authenticated
                ? new JceKeyTransAuthEnvelopedRecipient(key).setProvider("BC")
                : new JceKeyTransEnvelopedRecipient(key).setProvider("BC"));
    }

    private static void receipt(Map<String, String> cell, List<String[]> headers, String mic, Answer answer) throws Exception {
        String id = headers.stream().filter(header -> header[0].equalsIgnoreCase("Message-ID")).findFirst().orElseThrow()[1];
        String name = keys.get("own_name");
        MimeMultipart report = new MimeMultipart("report; report-type=disposition-notification");
        MimeBodyPart text = new MimeBodyPart();
        text.setContent("Taken.\r\n", "text/plain");
        text.setHeader("Content-Type", "text/plain");
        text.setHeader("Content-Transfer-Encoding", "7bit");
        String facts = "Reporting-UA: Bouncy Castle\r\nOriginal-Recipient: rfc822; " + name + "\r\nFinal-Recipient: rfc822; " + name
                + "\r\nOriginal-Message-ID: " + id + "\r\nDisposition: automatic-action/MDN-sent-automatically; processed\r\n"
                + "Received-Content-MIC: " + mic + "\r\n";
        MimeBodyPart notice = new MimeBodyPart(new ByteArrayInputStream(
                ("Content-Type: message/disposition-notification\r\nContent-Transfer-Encoding: 7bit\r\n\r\n" + facts).getBytes(StandardCharsets.ISO_8859_1)));
        report.addBodyPart(text);
        report.addBodyPart(notice);
        MimeBodyPart part = new MimeBodyPart();
        part.setContent(report);
        part.setHeader("Content-Type", report.getContentType());
        if (wantsSigned(cell)) {
            part = signed(part, cell, "base64");
        }
        head(answer, name, keys.get("other_name"), "<r" + (++count) + "@bouncycastle.example>");
        body(part, answer, "mdn_body");
    }

    private static void judge(Map<String, String> cell, List<String[]> headers, Answer answer) throws Exception {
        String type = headers.stream().filter(header -> header[0].equalsIgnoreCase("Content-Type")).findFirst().orElseThrow()[1];
        MimeBodyPart part = new MimeBodyPart(new ByteArrayInputStream(
                ("Content-Type: " + type + "\r\n\r\n" + cell.get("body")).getBytes(StandardCharsets.ISO_8859_1)));
        boolean signed = type.toLowerCase(Locale.ROOT).startsWith("multipart/signed");
        if (signed != wantsSigned(cell)) {
            answer.put("fault", signed ? "signed, though not asked for" : "not signed");
            return;
        }
        if (signed) {
            part = verified(part, cell);
        }
        MimeMultipart report = new MimeMultipart(new ByteArrayDataSource(part.getRawInputStream(), part.getContentType()));
        String facts = new String(report.getBodyPart(1).getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        String fault = "";
        String mic = null;
        for (String line : facts.split("\r\n")) {
            String name = line.substring(0, Math.max(0, line.indexOf(':'))).toLowerCase(Locale.ROOT);
            String value = line.substring(line.indexOf(':') + 1).trim();
            if (name.equals("disposition") && !value.equals("automatic-action/MDN-sent-automatically; processed")) {
                fault = value;
            } else if (name.equals("original-message-id") && !value.equals(cell.get("message_id"))) {
                fault = "about another message";
            } else if (name.equals("received-content-mic")) {
                mic = value;
            }
        }
        if (fault.isEmpty() && signed && !plain(cell.get("mic")).equals(plain(String.valueOf(mic)))) {
            fault = "the digest is " + mic + ", not " + cell.get("mic");
        }
        answer.put("fault", fault);
    }

    // --- small things

    private static String plain(String mic) {
        int comma = mic.indexOf(',');
        return mic.substring(0, Math.max(0, comma)).trim() + mic.substring(comma + 1).replaceAll("[^A-Za-z0-9]", "").toLowerCase(Locale.ROOT);
    }

    private static boolean is(Map<String, String> cell, String name, String value) {
        return cell.get(name).equals(value);
    }

    private static boolean wantsSigned(Map<String, String> cell) {
        return is(cell, "mdn", "signed") || is(cell, "mdn", "async");
    }

    private static String digest(Map<String, String> cell) {
        return cell.get("sign").startsWith("sha") ? cell.get("sign") : "sha256";
    }

    private static String mic(byte[] content, String digest) throws Exception {
        byte[] value = MessageDigest.getInstance(digest.replace("sha", "SHA-")).digest(content);
        return Base64.getEncoder().encodeToString(value) + ", " + digest;
    }

    private static byte[] written(MimeBodyPart part) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        part.writeTo(out);
        return out.toByteArray();
    }

    private static void head(Answer answer, String from, String to, String id) {
        header(answer, "AS2-Version", "1.2");
        header(answer, "AS2-From", from);
        header(answer, "AS2-To", to);
        header(answer, "Message-ID", id);
    }

    private static void header(Answer answer, String name, String value) {
        answer.put("headers", name + ": " + value.replaceAll("\r\n[ \t]+", " "));
    }

    private static void body(MimeBodyPart part, Answer answer) throws Exception {
        body(part, answer, "body");
    }

    private static void body(MimeBodyPart part, Answer answer, String name) throws Exception {
        byte[] whole = written(part);
        String text = new String(whole, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        for (String line : text.substring(0, end).replaceAll("\r\n[ \t]+", " ").split("\r\n")) {
            answer.put("headers", line);
        }
        answer.put(name, text.substring(end + 4));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] pem(String text) {
        return Base64.getMimeDecoder().decode(text.replaceAll("-----[A-Z ]+-----", ""));
    }

    private static X509Certificate certificate(String text) throws Exception {
        return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(pem(text)));
    }

    private static PrivateKey key(String text, String kind) throws Exception {
        return KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(pem(text)));
    }
}
