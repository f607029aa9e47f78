/** A QR code made here: what it says travels in no address. Black on white in dark colours too, for cameras. */
export const QrImage = ({ svg, alt }: { readonly svg: string; readonly alt: string }) => (
  <img class="qr" src={`data:image/svg+xml,${encodeURIComponent(svg)}`} alt={alt} width={256} height={256} />
);
