import type { CustomLayerInterface, CustomRenderMethodInput, Map as MapLibre } from 'maplibre-gl';
import { FLOATS, type Fleet, STATES } from '../../../fleet.ts';
import { type Square, squareX, squareY } from '../../../mercator.ts';
import { colourOf, matrixFrom, program, uniforms } from './gl.ts';

const VERTEX = `
in vec4 way;
in vec4 rest;
uniform mat4 matrix;
uniform float now, size, staleAfter;
uniform int hidden;
uniform vec4 colours[${STATES.length}];
out vec4 colour;
flat out int role, state;
void main() {
  float t = rest.y > 0.0 ? clamp((now - rest.x) / rest.y, 0.0, 1.0) : 1.0;
  gl_Position = matrix * vec4(mix(way.xy, way.zw, t), 0.0, 1.0);
  int look = int(rest.w + 0.5);
  role = look & 1;
  state = look >> 1;
  if (((hidden >> state) & 1) == 1) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
  float weight = state == 1 ? 1.35 : state == 0 ? 1.0 : 0.8;
  gl_PointSize = size * weight;
  colour = colours[state];
  // What was seen long ago is drawn as such.
  colour.a *= now - rest.z > staleAfter ? 0.45 : 1.0;
}`;

const FRAGMENT = `
in vec4 colour;
flat in int role, state;
uniform vec4 halo;
out vec4 drawn;
void main() {
  vec2 p = gl_PointCoord * 2.0 - 1.0;
  // A professional is a diamond, a volunteer a disc.
  float d = role == 1 ? (abs(p.x) + abs(p.y)) * 0.98 : length(p);
  if (d > 1.0) discard;
  bool isFilled = state < 2;
  bool isCore = state == 1 && d < 0.34;
  bool isRing = d > 0.5 && d < 0.82;
  bool isCross = state == 3 && (abs(p.x - p.y) < 0.2 || abs(p.x + p.y) < 0.2) && d < 0.82;
  vec4 c = isCore || d > 0.82 ? halo : (isFilled || isRing || isCross) ? colour : vec4(halo.rgb, 0.35);
  float edge = 1.0 - smoothstep(0.9, 1.0, d);
  float alpha = c.a * edge * (colour.a < 0.5 ? 0.6 : 1.0);
  drawn = vec4(c.rgb * alpha, alpha);
}`;

/** Filled ones are drawn last, over those who can't be sent. */
const COLOURS = ['--map-available', '--map-busy', '--map-off', '--map-unverified', '--map-away'] as const;
/** The origin follows the map when that is farther away than this, in the square: about 400 km. */
const ORIGIN_WITHIN = 0.01;
const STALE_AFTER_S = 120;

/** Everybody who can help, drawn in one go; who moves is moved by the graphics card. */
export class FleetLayer implements CustomLayerInterface {
  readonly id = 'fleet';
  readonly type = 'custom' as const;
  /** Bits of states that are not drawn. */
  hidden = 0;
  readonly #fleet: Fleet;
  #map: MapLibre | null = null;
  #program: WebGLProgram | null = null;
  #at: ReturnType<typeof uniforms> = () => null;
  #vao: WebGLVertexArrayObject | null = null;
  #buffer: WebGLBuffer | null = null;
  #data = new Float32Array(0);
  #origin: Square = { x: 0.5, y: 0.5 };
  #epochMs = 0;
  #version = -1;
  #colours = new Float32Array(STATES.length * 4);
  #halo: readonly [number, number, number, number] = [1, 1, 1, 1];

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  /** The page is light or dark now. */
  recolour(): void {
    COLOURS.forEach((name, i) => {
      this.#colours.set(colourOf(name), i * 4);
    });
    this.#halo = colourOf('--map-halo');
    this.#map?.triggerRepaint();
  }

  onAdd(map: MapLibre, gl: WebGL2RenderingContext): void {
    this.#map = map;
    this.#program = program(gl, VERTEX, FRAGMENT);
    this.#at = uniforms(gl, this.#program);
    this.#vao = gl.createVertexArray();
    this.#buffer = gl.createBuffer();
    this.#version = -1;
    this.#data = new Float32Array(0);
    gl.bindVertexArray(this.#vao);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffer);
    for (const [name, offset] of [
      ['way', 0],
      ['rest', 16],
    ] as const) {
      const place = gl.getAttribLocation(this.#program, name);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, 4, gl.FLOAT, false, FLOATS * 4, offset);
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
    if (!map || this.#fleet.size === 0) return;
    const nowMs = Date.now();
    gl.bindVertexArray(this.#vao);
    this.#upload(gl, map, nowMs);
    gl.useProgram(this.#program);
    gl.uniformMatrix4fv(
      this.#at('matrix'),
      false,
      matrixFrom(defaultProjectionData.mainMatrix, this.#origin),
    );
    gl.uniform1f(this.#at('now'), (nowMs - this.#epochMs) / 1_000);
    gl.uniform1f(this.#at('size'), sizeAt(map.getZoom()) * devicePixelRatio);
    gl.uniform1f(this.#at('staleAfter'), STALE_AFTER_S);
    gl.uniform1i(this.#at('hidden'), this.hidden);
    gl.uniform4fv(this.#at('colours'), this.#colours);
    gl.uniform4fv(this.#at('halo'), this.#halo);
    gl.disable(gl.DEPTH_TEST);
    gl.drawArrays(gl.POINTS, 0, this.#fleet.size);
    gl.bindVertexArray(null);
    if (this.#fleet.isMoving(nowMs)) map.triggerRepaint();
  }

  #upload(gl: WebGL2RenderingContext, map: MapLibre, nowMs: number): void {
    const { lng, lat } = map.getCenter();
    const [x, y] = [squareX(lng), squareY(lat)];
    const isFar = Math.hypot(x - this.#origin.x, y - this.#origin.y) > ORIGIN_WITHIN;
    if (this.#version === this.#fleet.version && !isFar) return;
    if (isFar) this.#origin = { x, y };
    this.#version = this.#fleet.version;
    this.#epochMs = nowMs;
    const needed = this.#fleet.size * FLOATS;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffer);
    if (this.#data.length < needed) {
      this.#data = new Float32Array(Math.max(needed, 1_024) * 1.5);
      gl.bufferData(gl.ARRAY_BUFFER, this.#data.byteLength, gl.DYNAMIC_DRAW);
    }
    this.#fleet.fill(this.#data, this.#origin, this.#epochMs);
    gl.bufferSubData(gl.ARRAY_BUFFER, 0, this.#data, 0, needed);
  }
}

const sizeAt = (zoom: number) => Math.min(18, Math.max(6, 7 + (zoom - 10) * 1.6));
