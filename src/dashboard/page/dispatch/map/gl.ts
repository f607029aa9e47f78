import type { Square } from '../../../mercator.ts';

type Gl = WebGL2RenderingContext;

/** A program of both shaders. Throws with what the driver said. */
export function program(gl: Gl, vertex: string, fragment: string): WebGLProgram {
  const made = gl.createProgram();
  const shaders = [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ] as const;
  for (const [kind, source] of shaders) {
    const shader = gl.createShader(kind);
    if (!shader) throw new Error('the graphics card makes no shader');
    gl.shaderSource(shader, `#version 300 es\nprecision highp float;\n${source}`);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS))
    throw new Error(gl.getProgramInfoLog(made) ?? 'no program');
  return made;
}

/** Where a uniform is, by name, looked up once. */
export function uniforms(gl: Gl, of: WebGLProgram): (name: string) => WebGLUniformLocation | null {
  const known = new Map<string, WebGLUniformLocation | null>();
  return (name) => {
    if (!known.has(name)) known.set(name, gl.getUniformLocation(of, name));
    return known.get(name) ?? null;
  };
}

/**
 * The matrix of the map for places less `origin`. Added in 64 bits: the graphics card has 32, with which places would
 * jump by pixels at the zoom of streets.
 */
export function matrixFrom(main: ArrayLike<number>, { x, y }: Square): Float32Array {
  const folded = Float32Array.from(main);
  for (let i = 0; i < 4; i += 1)
    folded[12 + i] = (main[i] ?? 0) * x + (main[4 + i] ?? 0) * y + (main[12 + i] ?? 0);
  return folded;
}

/** A colour of the page's style, as the graphics card takes it. */
export function colourOf(name: string): readonly [number, number, number, number] {
  const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  if (!probe) return [0, 0, 0, 1];
  probe.fillStyle = cssColour(name);
  probe.fillRect(0, 0, 1, 1);
  const [r = 0, g = 0, b = 0, a = 255] = probe.getImageData(0, 0, 1, 1).data;
  return [r / 255, g / 255, b / 255, a / 255];
}

/** The same as text. `light-dark()` is resolved by the browser, on an element that has the colour. */
export function cssColour(name: string): string {
  const probe = document.createElement('i');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
