import { mount } from '../ui/mount.tsx';
import { CarePage } from './app.tsx';

mount(CarePage);
