import type { CustomLayerInterface, CustomRenderMethodInput, Map as MapLibre } from 'maplibre-gl';
import type { Fleet } from '../../../fleet.ts';
import { LINES, type Line } from '../../../lines.ts';
import type { Square } from '../../../mercator.ts';
import { colourOf, matrixFrom, program, uniforms } from './gl.ts';

/** Six of the way, the place of the SOS, and what the line is. */
const FLOATS = 9;

// Each line is a strip of two triangles, as wide as its kind, made on the graphics card.
const VERTEX = `
in vec4 way;
in vec2 times, to;
in float what;
uniform mat4 matrix;
uniform float now, ratio;
uniform vec2 screen;
uniform vec4 colours[${LINES.length}];
out vec4 colour;
out float along;
flat out int kind;
void main() {
  float t = times.y > 0.0 ? clamp((now - times.x) / times.y, 0.0, 1.0) : 1.0;
  vec4 a = matrix * vec4(mix(way.xy, way.zw, t), 0.0, 1.0);
  vec4 b = matrix * vec4(to, 0.0, 1.0);
  vec2 pa = a.xy / a.w * screen, pb = b.xy / b.w * screen;
  vec2 d = pb - pa;
  float len = max(length(d), 0.001);
  vec2 side = vec2(-d.y, d.x) / len;
  bool isEnd = gl_VertexID >= 2;
  float sign = (gl_VertexID & 1) == 0 ? 1.0 : -1.0;
  kind = int(what + 0.5);
  float width = (kind == 0 ? 0.75 : kind == 3 ? 1.75 : 1.5) * ratio;
  vec2 p = (isEnd ? pb : pa) + side * sign * width;
  gl_Position = vec4(p / screen, 0.0, 1.0);
  along = isEnd ? len / ratio : 0.0;
  colour = colours[kind];
}`;

// Dashed where nothing is sure yet; the dashes of who is under way run towards the SOS.
const FRAGMENT = `
in vec4 colour;
in float along;
flat in int kind;
uniform float march;
out vec4 drawn;
void main() {
  float dash = kind == 0 ? mod(along, 9.0) - 4.0 : kind == 2 ? mod(along - march * 16.0, 16.0) - 11.0 : -1.0;
  if (dash > 0.0) discard;
  float alpha = colour.a * (kind == 0 ? 0.75 : 1.0);
  drawn = vec4(colour.rgb * alpha, alpha);
}`;

const COLOURS = ['--map-asked', '--map-busy', '--map-busy', '--map-there'] as const;

/** Lines from whoever was asked or comes to the SOS; they follow people who move. */
export class LineLayer implements CustomLayerInterface {
  readonly id = 'lines';
  readonly type = 'custom' as const;
  readonly #fleet: Fleet;
  #lines: readonly Line[] = [];
  #map: MapLibre | null = null;
  #program: WebGLProgram | null = null;
  #at: ReturnType<typeof uniforms> = () => null;
  #vao: WebGLVertexArrayObject | null = null;
  #buffer: WebGLBuffer | null = null;
  #colours = new Float32Array(LINES.length * 4);

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  show(lines: readonly Line[]): void {
    this.#lines = lines;
    this.#map?.triggerRepaint();
  }

  recolour(): void {
    COLOURS.forEach((name, i) => {
      this.#colours.set(colourOf(name), i * 4);
    });
    this.#map?.triggerRepaint();
  }

  onAdd(map: MapLibre, gl: WebGL2RenderingContext): void {
    this.#map = map;
    this.#program = program(gl, VERTEX, FRAGMENT);
    this.#at = uniforms(gl, this.#program);
    this.#vao = gl.createVertexArray();
    this.#buffer = gl.createBuffer();
    gl.bindVertexArray(this.#vao);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffer);
    for (const [name, size, offset] of [
      ['way', 4, 0],
      ['times', 2, 16],
      ['to', 2, 24],
      ['what', 1, 32],
    ] as const) {
      const place = gl.getAttribLocation(this.#program, name);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, size, gl.FLOAT, false, FLOATS * 4, offset);
      gl.vertexAttribDivisor(place, 1);
    }
    gl.bindVertexArray(null);
    this.recolour();
  }

  onRemove(_map: MapLibre, gl: WebGL2RenderingContext): void {
    gl.deleteProgram(this.#program);
    gl.deleteVertexArray(this.#vao);
    gl.deleteBuffer(this.#buffer);
    this.#map = null;
  }

  render(gl: WebGL2RenderingContext, { defaultProjectionData }: CustomRenderMethodInput): void {
    const map = this.#map;
    const [first] = this.#lines;
    if (!map || !first) return;
    const nowMs = Date.now();
    // The lines are few and are written anew each time, from wherever the map is.
    const origin: Square = first.to;
    const data = new Float32Array(this.#lines.length * FLOATS);
    let count = 0;
    for (const { responderId, what, to } of this.#lines) {
      const at = count * FLOATS;
      if (!this.#fleet.wayOf(responderId, data, at, origin, nowMs)) continue;
      data.set([to.x - origin.x, to.y - origin.y, LINES.indexOf(what)], at + 6);
      count += 1;
    }
    gl.bindVertexArray(this.#vao);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffer);
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.STREAM_DRAW);
    gl.useProgram(this.#program);
    gl.uniformMatrix4fv(this.#at('matrix'), false, matrixFrom(defaultProjectionData.mainMatrix, origin));
    gl.uniform1f(this.#at('now'), 0);
    gl.uniform1f(this.#at('march'), (nowMs % 1_000) / 1_000);
    gl.uniform1f(this.#at('ratio'), devicePixelRatio);
    gl.uniform2f(this.#at('screen'), gl.drawingBufferWidth / 2, gl.drawingBufferHeight / 2);
    gl.uniform4fv(this.#at('colours'), this.#colours);
    gl.disable(gl.DEPTH_TEST);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, count);
    gl.bindVertexArray(null);
  }
}
